import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { compareBytes, faultOfPath } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import pLimit from "p-limit";

/** A file that was found: its path within the dataset, with `/`, and where it really lies. */
export type LocalFile = {
  readonly path: string;
  readonly location: string;
  /** Bytes. */
  readonly size: number;
};

/** What lies below a folder. */
export type Walked = { readonly files: readonly LocalFile[]; readonly findings: readonly Finding[] };

/**
 * Lists all files below a folder, bytewise by path. `enter` decides by the path whether to look into a folder. A link is
 * followed when it stays inside: what leads out of the dataset, nowhere or in a circle, what is no file, and a name that
 * cannot be stored are findings. Nothing is opened or executed.
 */
export const walkFolder = async (root: string, enter: (path: string) => boolean): Promise<Walked> => {
  const top = await realpath(root);
  const files: LocalFile[] = [];
  const findings: Finding[] = [];
  const limit = pLimit(folders);
  const walk = async (folder: Folder): Promise<void> => {
    const found = await limit(async () => {
      const entries = await readdir(folder.location, { withFileTypes: true, encoding: "buffer" });
      return Promise.all(entries.map((entry) => look(top, folder, entry)));
    });
    for (const one of found) {
      if (one.kind === "file") files.push(one.file);
      else if (one.kind === "fault") findings.push(one.finding);
    }
    const below = found.flatMap((one) => (one.kind === "folder" && enter(one.folder.path) ? [one.folder] : []));
    await Promise.all(below.map(walk));
  };
  await walk({ path: "", location: top, above: [top] });
  files.sort((a, b) => compareBytes(a.path, b.path));
  findings.sort((a, b) => compareBytes(a.where, b.where));
  return { files, findings };
};

/** Folders that are read at once. */
const folders = 16;

/** `above`: real paths from the root to here, to notice circles. */
type Folder = { readonly path: string; readonly location: string; readonly above: readonly string[] };

type Found =
  | { readonly kind: "file"; readonly file: LocalFile }
  | { readonly kind: "folder"; readonly folder: Folder }
  | { readonly kind: "fault"; readonly finding: Finding };

const look = async (top: string, folder: Folder, entry: Dirent<Buffer>): Promise<Found> => {
  const name = nameOf(entry.name);
  const path = `${folder.path === "" ? "" : `${folder.path}/`}${name ?? entry.name.toString("latin1")}`;
  const fault = (message: string): Found => ({ kind: "fault", finding: { where: path, message } });
  if (name === null) return fault("the name is not UTF-8");
  const unfit = faultOfPath(path);
  if (unfit !== null) return fault(unfit);
  const location = join(folder.location, name);
  if (entry.isDirectory()) return { kind: "folder", folder: { path, location, above: [...folder.above, location] } };
  const real = entry.isSymbolicLink() ? await realpath(location).catch(() => null) : location;
  if (real === null)
    return fault("is a link that leads nowhere (fetch its content first, for example with `datalad get`)");
  if (entry.isSymbolicLink() && !real.startsWith(top + sep)) return fault("is a link that leads out of the dataset");
  const is = await stat(real).catch(() => null);
  if (is === null) return fault("went away while it was looked at");
  if (is.isFile()) return { kind: "file", file: { path, location: real, size: is.size } };
  if (!is.isDirectory()) return fault("is neither a file nor a folder");
  if (folder.above.includes(real)) return fault("is a link that leads back to a folder above it");
  return { kind: "folder", folder: { path, location: real, above: [...folder.above, real] } };
};

const nameOf = (bytes: Buffer): string | null => {
  const name = bytes.toString("utf8");
  return Buffer.from(name, "utf8").equals(bytes) ? name : null;
};
