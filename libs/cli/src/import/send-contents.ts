import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { type HttpClient, packBytes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import { changed } from "./hash-file.ts";
import type { HashedFile, ImportOptions } from "./import-dataset.ts";
import { retrying } from "./retrying.ts";

/** Files up to this many bytes are sent many at once. */
const small = 256 * 1024;
/** Most files of a pack. */
const packFiles = 1_000;

/** Sends the bytes of these files, several requests at once, the small ones first: an unreadable sidecar is known early. */
export const sendContents = async (
  id: string,
  files: readonly HashedFile[],
  { client, onProgress, signal, concurrency = 8 }: ImportOptions,
): Promise<{ files: number; bytes: number }> => {
  const of = files.reduce((sum, { size }) => sum + size, 0);
  const limit = pLimit(concurrency);
  let done = 0;
  onProgress?.({ phase: "send", done, of });
  const send = async (group: readonly HashedFile[]): Promise<void> => {
    signal?.throwIfAborted();
    await retrying(() => put(client, id, group, signal), signal).catch((error: unknown) => {
      throw isOther(error) ? changed(group.map(({ path }) => path).join(", ")) : error;
    });
    done += sizeOf(group);
    onProgress?.({ phase: "send", done, of });
  };
  await Promise.all(inPacks(files).map((group) => limit(send, group)));
  return { files: files.length, bytes: of };
};

const sizeOf = (files: readonly HashedFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** Small files in groups, then the large ones, each alone. */
const inPacks = (files: readonly HashedFile[]): HashedFile[][] => {
  const packs: HashedFile[][] = [];
  let room = 0;
  for (const file of files.filter(({ size }) => size <= small)) {
    const last = packs.at(-1);
    if (last === undefined || last.length === packFiles || file.size > room) {
      packs.push([file]);
      room = packBytes / 2 - file.size;
    } else {
      last.push(file);
      room -= file.size;
    }
  }
  return [...packs, ...files.filter(({ size }) => size > small).map((file) => [file])];
};

const put = async (
  client: HttpClient,
  id: string,
  files: readonly HashedFile[],
  signal?: AbortSignal,
): Promise<void> => {
  const [first] = files;
  if (first === undefined) return;
  const isPack = first.size <= small;
  const path = isPack ? "packs" : `objects/${encodeURIComponent(first.sha256)}`;
  await client.raw(`/v1/imports/${id}/${path}`, {
    method: isPack ? "POST" : "PUT",
    headers: { "content-type": "application/octet-stream" },
    signal: signal ?? null,
    // A blob of a file streams from disk, and with its length known beforehand.
    body: isPack ? await packOf(files) : await openAsBlob(first.location),
  });
};

const packOf = async (files: readonly HashedFile[]): Promise<Buffer> => {
  const contents: Buffer[] = [];
  for (const { location, size, path } of files) {
    const content = await readFile(location);
    if (content.length !== size) throw changed(path);
    contents.push(content);
  }
  const index = JSON.stringify(files.map(({ sha256, size }) => [sha256, size]));
  return Buffer.concat([Buffer.from(`${index}\n`), ...contents]);
};

/** The server got other bytes than the manifest promised. */
const isOther = (error: unknown): boolean => error instanceof Problem && error.code === "invalid";
