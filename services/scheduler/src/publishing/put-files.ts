import { archiveKey, datasetKey, isStagingKey } from "@rollerblade/abids/bucket-layout";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import { crashPoint } from "../crash-points.ts";
import { hashObject } from "../locations/check-locations.ts";
import type { PublishFile } from "./publish-file.ts";

/** Thrown when the object that held a content is gone or was changed before it could be published. */
export class SourceVanished extends Error {
  override readonly name = "SourceVanished";
}

/** A file that lies at its place now, with the time of its last change in milliseconds. */
export type PutFile = { readonly file: PublishFile; readonly object: string; readonly modified: number };

/** What putting files needs of a store. */
type Store = Pick<ObjectStore, "get" | "put" | "copy" | "head">;

/** Files of one task that are copied at once: a tree may have thousands. */
const concurrentFiles = 32;

/**
 * Puts the files of a task to their names: what a name holds is copied to the archive, the sidecar is put, the content is copied. The
 * sidecar comes first, so that nobody ever finds a file without its metadata. Each step can be repeated, whatever a crash left undone.
 * @param sidecars text by path of the sidecar
 * @throws SourceVanished when a content is nowhere any more
 */
export const putFiles = async (
  objects: Store,
  dataset: string,
  files: readonly PublishFile[],
  sidecars: ReadonlyMap<string, string>,
): Promise<PutFile[]> => {
  const limit = pLimit(concurrentFiles);
  await Promise.all(files.map((file) => limit(() => keepPredecessor(objects, dataset, file))));
  crashPoint("publish.archived");
  await Promise.all(
    files.map(async ({ takesName, name: { sidecar } }) => {
      const text = sidecar === null ? undefined : sidecars.get(sidecar);
      if (takesName && sidecar !== null && text !== undefined) {
        await objects.put(datasetKey(dataset, sidecar), Buffer.from(text));
      }
    }),
  );
  crashPoint("publish.described");
  const put = await Promise.all(files.map((file) => limit(() => copyToPlace(objects, dataset, file))));
  crashPoint("publish.copied");
  return put;
};

/** Copies what the name holds to the archive, if it is still that content: after a crash it may be the new one already. */
const keepPredecessor = async (objects: Store, dataset: string, file: PublishFile): Promise<void> => {
  if (!file.takesName || file.predecessor === null) return;
  const { sha256 } = file.predecessor;
  const from = datasetKey(dataset, file.name.path);
  if ((await hashObject(objects, from)) === sha256) await copy(objects, from, archiveKey(dataset, sha256));
};

const copyToPlace = async (objects: Store, dataset: string, file: PublishFile): Promise<PutFile> => {
  const object = file.takesName ? datasetKey(dataset, file.name.path) : archiveKey(dataset, file.sha256);
  // A crash may have come after the copy, and the source may have gone since.
  const modified = await copy(objects, file.from, object, file.size).catch(async (error: unknown) => {
    if (!(error instanceof SourceVanished) || (await hashObject(objects, object)) !== file.sha256) throw error;
    return null;
  });
  // What was staged was looked at, and nobody else can write there; any other origin may have been changed by somebody.
  if (modified !== null && isStagingKey(file.from)) return { file, object, modified: modified.getTime() };
  const head = await objects.head(object);
  if (head === null || head.size !== file.size) throw new SourceVanished(`${file.from} is gone or was changed`);
  return { file, object, modified: head.modified.getTime() };
};

const copy = async (objects: Store, from: string, to: string, size?: number): Promise<Date> => {
  if (from === "") throw new SourceVanished("a content that was to be published is nowhere any more");
  try {
    return await objects.copy(from, to, { size });
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") throw new SourceVanished(`${from} is gone`);
    throw error;
  }
};
