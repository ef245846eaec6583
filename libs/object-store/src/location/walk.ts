import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { faultOfKey } from "../object-key.ts";
import { fileVersion } from "./file-version.ts";
import { type ClosedFolders, isHiddenFolder, type PlacedFile, type Unreadable } from "./location.ts";

/** One thing that was found. */
export type Found =
  | { readonly kind: "file"; readonly file: PlacedFile }
  | { readonly kind: "fault"; readonly fault: Unreadable }
  | { readonly kind: "closed"; readonly path: string };

/** `above`: real paths from the root to here, to notice circles. */
type Folder = { readonly path: string; readonly location: string; readonly above: readonly string[] };

/**
 * Everything below a folder, files bytewise by path. A link is followed when it stays inside: what leads out, nowhere or in a circle,
 * what is no file, and a name that cannot be stored are faults. Nothing is opened or executed. Runs in a worker, since calls that do
 * not wait for the event loop are many times faster.
 */
export const walk = function* (root: string, closed: ClosedFolders): Generator<Found> {
  const top = realpathSync(root);
  yield* walkFolder(top, { path: "", location: top, above: [top] }, closed);
};

const walkFolder = function* (top: string, folder: Folder, closed: ClosedFolders): Generator<Found> {
  const entries = entriesOf(folder);
  if (typeof entries === "string") return yield fault(folder.path, entries, true);
  for (const entry of entries) {
    const path = folder.path === "" ? entry.name : `${folder.path}/${entry.name}`;
    const unfit = entry.fault ?? faultOfKey(path);
    if (unfit !== null) yield fault(path, unfit, entry.isFolder);
    else if (entry.isFolder && isClosed(path, closed)) yield { kind: "closed", path };
    else yield* look(top, folder, path, entry, closed);
  }
};

const fault = (path: string, message: string, unknown = false): Found => ({
  kind: "fault",
  fault: { path, message, unknown },
});

const isClosed = (path: string, closed: ClosedFolders): boolean =>
  closed.top.includes(path) || isHiddenFolder(path, closed);

const look = function* (
  top: string,
  folder: Folder,
  path: string,
  entry: Entry,
  closed: ClosedFolders,
): Generator<Found> {
  const location = join(folder.location, entry.name);
  try {
    if (entry.isLink) return yield* followed(top, folder, path, location, closed);
    if (entry.isFolder) return yield* walkFolder(top, { path, location, above: [...folder.above, location] }, closed);
    yield place(path, lstatSync(location));
  } catch (error) {
    yield fault(path, `cannot be read: ${reasonOf(error)}`, entry.isFolder);
  }
};

const followed = function* (
  top: string,
  folder: Folder,
  path: string,
  location: string,
  closed: ClosedFolders,
): Generator<Found> {
  const real = realPathOf(location);
  if (real === null)
    return yield fault(path, "is a link that leads nowhere (fetch its content first, for example with `datalad get`)");
  if (!real.startsWith(top + sep)) return yield fault(path, "is a link that leads out of the dataset");
  const stats = statSync(real);
  if (!stats.isDirectory()) return yield place(path, stats);
  if (folder.above.includes(real)) return yield fault(path, "is a link that leads back to a folder above it");
  yield* walkFolder(top, { path, location: real, above: [...folder.above, real] }, closed);
};

const place = (path: string, stats: Stats): Found =>
  stats.isFile()
    ? { kind: "file", file: { path, size: stats.size, version: fileVersion(stats) } }
    : fault(path, "is neither a file nor a folder");

const realPathOf = (location: string): string | null => {
  try {
    return realpathSync(location);
  } catch {
    return null;
  }
};

type Entry = {
  readonly name: string;
  /** For the order: a folder counts with its slash, so that `a.txt` comes before what is in `a/`. */
  readonly key: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
  readonly fault: string | null;
};

/** What is in a folder, bytewise; or why nobody can tell. */
const entriesOf = ({ location }: Folder): Entry[] | string => {
  try {
    const entries = readdirSync(location, { withFileTypes: true });
    const named = entries.some(({ name }) => name.includes("\uFFFD"))
      ? exactly(location)
      : entries.map((entry) => entryOf(entry, entry.name));
    const plain = named.every(({ key }) => isAscii(key));
    return named.sort(plain ? byUnit : bytewise);
  } catch (error) {
    return `cannot be looked into: ${reasonOf(error)}`;
  }
};

/** Names that are not UTF-8 can only be told from those with a replacement character by their bytes. */
const exactly = (location: string): Entry[] =>
  readdirSync(location, { withFileTypes: true, encoding: "buffer" }).map((entry) => {
    const name = entry.name.toString("utf8");
    return Buffer.from(name).equals(entry.name)
      ? entryOf(entry, name)
      : { ...entryOf(entry, entry.name.toString("latin1")), fault: "the name is not UTF-8" };
  });

const entryOf = (entry: Dirent<string> | Dirent<Buffer>, name: string): Entry => ({
  name,
  key: entry.isDirectory() ? `${name}/` : name,
  isFolder: entry.isDirectory(),
  isLink: entry.isSymbolicLink(),
  fault: null,
});

const isAscii = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
};

const byUnit = (a: Entry, b: Entry): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
const bytewise = (a: Entry, b: Entry): number => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
const reasonOf = (error: unknown): string =>
  error instanceof Error ? (/^(\w+):/.exec(error.message)?.[1] ?? error.message) : String(error);
