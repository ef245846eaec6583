import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import {
  type AssetFile,
  type AssetVersion,
  type HttpClient,
  retryUnavailable,
  schedulerRoutes,
} from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";

/** A version of an asset to be made of a folder or a file on this machine. */
export type NewAsset = {
  readonly client: HttpClient;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly path: string;
};

/** A file of an asset, and where it is on this machine. */
type LocalAssetFile = AssetFile & { readonly location: string };

/** Files that are read, or sent, at once. */
const concurrentFiles = 4;

/**
 * Creates a version of an asset: announces its files, sends the contents that the server does not have, and nothing twice.
 * @returns the version, and whether it is new
 * @throws Problem `not-found`, `invalid` for what is no file, `conflict` when a file changes meanwhile
 */
export const sendAsset = async ({
  client,
  name,
  version,
  description,
  path,
}: NewAsset): Promise<AssetVersion & { readonly created: boolean }> => {
  const files = await readFiles(resolve(path));
  const list = files.map(({ location: _, ...file }) => file);
  const create = () => client.call(schedulerRoutes.createAsset, { body: { name, version, description, files: list } });
  const announced = await create();
  await sendContents(
    client,
    name,
    files,
    announced.missing.map(({ sha256 }) => sha256),
  );
  const { asset, created, missing } = announced.asset === null ? await create() : announced;
  if (asset === null) throw notComplete(name, missing.length);
  return { ...asset, created };
};

/** Reads the files of a folder with those below it, or one file. @throws Problem `invalid` for what is no file, `not-found` for nothing */
const readFiles = async (path: string): Promise<LocalAssetFile[]> => {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new Problem({ code: "not-found", message: `There is nothing at ${path}.`, subject: path });
  const locations = found.isDirectory() ? await filesBelow(path) : [path];
  if (locations.length === 0)
    throw new Problem({ code: "invalid", message: `The folder ${path} has no files.`, subject: path });
  const limit = pLimit(concurrentFiles);
  return Promise.all(
    locations.map((location) =>
      limit(async () => {
        const relative = found.isDirectory()
          ? location
              .slice(path.length + 1)
              .split(sep)
              .join("/")
          : basename(location);
        return { path: relative, location, ...(await contentOf(location)) };
      }),
    ),
  );
};

/** A link may lead out of the folder, so none is followed without a word. */
const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const other = files.find((entry) => !entry.isFile());
  if (other === undefined) return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  const path = join(other.parentPath, other.name);
  throw new Problem({
    code: "invalid",
    message: `${path} is ${other.isSymbolicLink() ? "a link" : "no file"}.`,
    subject: path,
    next: "Copy what it stands for into the folder, or take it out.",
  });
};

const contentOf = async (location: string): Promise<Pick<AssetFile, "size" | "sha256">> => {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(location, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: `sha256:${hash.digest("hex")}` };
};

const sendContents = async (
  client: HttpClient,
  name: string,
  files: readonly LocalAssetFile[],
  missing: readonly string[],
): Promise<void> => {
  const byContent = new Map(files.map(({ sha256, location }) => [sha256, location]));
  const limit = pLimit(concurrentFiles);
  await Promise.all(
    missing.map((sha256) =>
      limit(async () => {
        const location = byContent.get(sha256);
        if (location === undefined) return;
        await retryUnavailable(() =>
          client.raw(`/v1/assets/${encodeURIComponent(name)}/contents/${encodeURIComponent(sha256)}`, {
            method: "PUT",
            headers: { "content-type": "application/octet-stream" },
            body: Readable.toWeb(createReadStream(location)),
            duplex: "half",
          }),
        );
      }),
    ),
  );
};

const notComplete = (name: string, missing: number): Problem =>
  new Problem({
    code: "conflict",
    message: `${name} is not complete: of ${missing} of its contents nothing arrived.`,
    subject: name,
    next: "Run the command again when nobody writes to the folder; what was sent is not sent again.",
  });
