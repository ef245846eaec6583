import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import { crashPoint } from "../crash-points.ts";
import { hashObject } from "../locations/hash-object.ts";
import type { PublishFile } from "./publish-file.ts";

/** Where a published file lies. */
export const publishedKey = (dataset: string, path: string): string => `datasets/${dataset}/${path}`;

/** Where a content is kept that no longer has a name. */
export const archiveKey = (dataset: string, sha256: string): string =>
  `archive/${dataset}/${sha256.slice("sha256:".length)}`;

/** An object that holds a content that was to be published is gone. */
export class SourceVanished extends Error {
  override readonly name = "SourceVanished";
}

/** Everything that lies at its place now, with the time of its last change in milliseconds. */
export type PutFile = { readonly file: PublishFile; readonly object: string; readonly modified: number };

/**
 * Puts the files of a task to their names; each step can be repeated, whatever a crash left undone:
 * what a name holds goes to the archive, the sidecar is put, the content is copied.
 * @param sidecars text by path of the sidecar
 * @throws SourceVanished when a content is nowhere any more
 */
export const putFiles = async (
  objects: ObjectStore,
  dataset: string,
  files: readonly PublishFile[],
  sidecars: ReadonlyMap<string, string>,
): Promise<PutFile[]> => {
  await Promise.all(files.map((file) => keepPredecessor(objects, dataset, file)));
  crashPoint("publish.archived");
  await Promise.all(
    files.map(async ({ takesName, name: { sidecar } }) => {
      const text = sidecar === null ? undefined : sidecars.get(sidecar);
      if (takesName && sidecar !== null && text !== undefined) {
        await objects.put(publishedKey(dataset, sidecar), Buffer.from(text));
      }
    }),
  );
  crashPoint("publish.described");
  const put = await Promise.all(files.map((file) => copyToPlace(objects, dataset, file)));
  crashPoint("publish.copied");
  return put;
};

/** Only while the name still holds that content: after a crash it may hold the new one already. */
const keepPredecessor = async (objects: ObjectStore, dataset: string, file: PublishFile): Promise<void> => {
  if (!file.takesName || file.predecessor === null) return;
  const { sha256 } = file.predecessor;
  const from = publishedKey(dataset, file.name.path);
  if ((await hashObject(objects, from)) === sha256) await copy(objects, from, archiveKey(dataset, sha256));
};

const copyToPlace = async (objects: ObjectStore, dataset: string, file: PublishFile): Promise<PutFile> => {
  const object = file.takesName ? publishedKey(dataset, file.name.path) : archiveKey(dataset, file.sha256);
  // A crash may have come after the copy, and the source may have gone since.
  const modified = await copy(objects, file.from, object, file.size).catch(async (error: unknown) => {
    if (!(error instanceof SourceVanished) || (await hashObject(objects, object)) !== file.sha256) throw error;
    return null;
  });
  // What was staged was looked at, and nobody else can write there; any other origin may have been changed by somebody.
  if (modified !== null && isStaged(file.from)) return { file, object, modified: modified.getTime() };
  const head = await objects.head(object);
  if (head === null || head.size !== file.size) throw new SourceVanished(`${file.from} is gone or was changed`);
  return { file, object, modified: head.modified.getTime() };
};

const isStaged = (object: string): boolean => object.startsWith("staging/");

const copy = async (objects: ObjectStore, from: string, to: string, size?: number): Promise<Date> => {
  if (from === "") throw new SourceVanished("a content that was to be published is nowhere any more");
  try {
    return await objects.copy(from, to, { size });
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") throw new SourceVanished(`${from} is gone`);
    throw error;
  }
};
