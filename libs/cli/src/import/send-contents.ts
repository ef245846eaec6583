import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import type { HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import { changed } from "./hash-file.ts";
import type { HashedFile, ImportOptions } from "./import-dataset.ts";
import { retrying } from "./retrying.ts";

/** Files up to this many bytes are sent from memory. */
const small = 2 ** 20;

/** Sends the bytes of these files, several at once, the sidecars first: if one is unreadable, it is known early. */
export const sendContents = async (
  id: string,
  files: readonly HashedFile[],
  { client, onProgress, signal, concurrency = 8 }: ImportOptions,
): Promise<{ files: number; bytes: number }> => {
  const of = files.reduce((sum, { size }) => sum + size, 0);
  const limit = pLimit(concurrency);
  let done = 0;
  onProgress?.({ phase: "send", done, of });
  const send = async (file: HashedFile): Promise<void> => {
    signal?.throwIfAborted();
    await retrying(() => put(client, id, file, signal), signal).catch((error: unknown) => {
      throw isOther(error) ? changed(file.path) : error;
    });
    done += file.size;
    onProgress?.({ phase: "send", done, of });
  };
  await Promise.all([...files].sort((a, b) => a.size - b.size).map((file) => limit(send, file)));
  return { files: files.length, bytes: of };
};

const put = async (client: HttpClient, id: string, file: HashedFile, signal?: AbortSignal): Promise<void> => {
  await client.raw(`/v1/imports/${id}/objects/${encodeURIComponent(file.sha256)}`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    signal: signal ?? null,
    // A blob of a file streams from disk, and with its length known beforehand.
    body: file.size <= small ? await readFile(file.location) : await openAsBlob(file.location),
  });
};

/** The server got other bytes than the manifest promised. */
const isOther = (error: unknown): boolean => error instanceof Problem && error.code === "invalid";
