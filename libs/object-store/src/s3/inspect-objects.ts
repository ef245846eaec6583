import { createHash } from "node:crypto";
import type { Client } from "minio";
import pLimit from "p-limit";
import { lastBytes } from "../last-bytes.ts";
import { codeOf, withRetries } from "./transient.ts";

/** Objects that are read at once. */
const atOnce = 24;

/** Which object to read to its end. */
export type ObjectToRead = { readonly key: string; readonly size: number; readonly keep: number };

/** What was read of an object. */
export type ReadObject = {
  readonly size: number;
  readonly sha256: string;
  readonly head: Uint8Array;
  /** The last 8 bytes that were read, or as many as there are. */
  readonly tail: Uint8Array;
  /** Of the very bytes that were read. */
  readonly etag: string | null;
};

/** Reads objects to their end, several at once; null where there is none. @throws what the server says */
export const inspectObjects = async (
  client: Client,
  bucket: string,
  requests: readonly ObjectToRead[],
  signal?: AbortSignal,
): Promise<readonly (ReadObject | null)[]> => {
  const limit = pLimit(atOnce);
  return Promise.all(requests.map((request) => limit(() => readObject(client, bucket, request, signal))));
};

const readObject = async (
  client: Client,
  bucket: string,
  { key, size, keep }: ObjectToRead,
  signal: AbortSignal | undefined,
): Promise<ReadObject | null> => {
  signal?.throwIfAborted();
  try {
    return await withRetries(() => readOnce(client, bucket, key, size, keep));
  } catch (error) {
    if (["NoSuchKey", "NotFound"].includes(codeOf(error))) return null;
    throw error;
  }
};

const readOnce = async (
  client: Client,
  bucket: string,
  key: string,
  size: number,
  keep: number,
): Promise<ReadObject> => {
  const stream = await client.getObject(bucket, key);
  const headers: unknown = "headers" in stream ? stream.headers : undefined;
  const hash = createHash("sha256");
  const kept: Uint8Array[] = [];
  let tail: Uint8Array = new Uint8Array();
  let [read, missing] = [0, keep];
  for await (const chunk of stream) {
    hash.update(chunk);
    read += chunk.length;
    tail = lastBytes(tail, chunk);
    if (missing > 0) kept.push(chunk.subarray(0, missing));
    missing -= chunk.length;
    if (read > size) break;
  }
  return { size: read, sha256: `sha256:${hash.digest("hex")}`, head: Buffer.concat(kept), tail, etag: etagOf(headers) };
};

const etagOf = (headers: unknown): string | null =>
  typeof headers === "object" && headers !== null && "etag" in headers && typeof headers.etag === "string"
    ? headers.etag.replaceAll('"', "")
    : null;
