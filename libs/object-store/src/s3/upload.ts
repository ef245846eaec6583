import type { Client } from "minio";
import { withRetries } from "./transient.ts";

/** Bytes of one part: what an upload holds in memory. S3 takes 10,000 parts, so an object may have 160 GB. */
const partSize = 16 * 2 ** 20;
/** How long the server may take for one part, in milliseconds. */
const partWithin = 300_000;

/** Where an upload goes. */
export type UploadTarget = { readonly client: Client; readonly bucket: string; readonly key: string };

/**
 * Puts a body of any size: in one request when it fits into a part, else in parts of an upload of our own, which a failure
 * aborts. (An upload begun by somebody else is never continued: its parts may be of another body.) A single request carries a checksum,
 * and of parts that were put together the size is looked at.
 * @param verify says how many bytes there were, when all of them have passed and before they count
 */
export const upload = async (
  target: UploadTarget,
  chunks: AsyncIterable<Uint8Array>,
  verify: () => number,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const parts = inParts(chunks);
  const first = (await parts.next()).value ?? Buffer.alloc(0);
  if (first.length < partSize) {
    verify();
    const { client, bucket, key } = target;
    await withRetries(() => within(client.putObject(bucket, key, first, first.length), signal));
    return;
  }
  await uploadParts(target, first, parts, verify, signal);
};

const uploadParts = async (
  { client, bucket, key }: UploadTarget,
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  verify: () => number,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const uploadID = await client.initiateNewMultipartUpload(bucket, key, {});
  const done: { part: number; etag: string }[] = [];
  const send = async (part: Buffer): Promise<void> => {
    const partNumber = done.length + 1;
    const sending = client.uploadPart({ bucketName: bucket, objectName: key, uploadID, partNumber, headers: {} }, part);
    done.push({ part: partNumber, etag: (await within(sending, signal)).etag });
  };
  try {
    await send(first);
    for await (const part of rest) await send(part);
    const size = verify();
    await withRetries(() => within(client.completeMultipartUpload(bucket, key, uploadID, done), signal));
    const kept = await within(client.statObject(bucket, key), signal);
    if (kept.size !== size) throw new Error(`it kept ${kept.size} of ${size} bytes`);
  } catch (error) {
    await client.abortMultipartUpload(bucket, key, uploadID).catch(() => {});
    throw error;
  }
};

/** Chunks gathered into whole parts; the last one may be smaller. */
const inParts = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const piece = chunk.subarray(at, at + partSize - size);
      held.push(piece);
      size += piece.byteLength;
      at += piece.byteLength;
      if (size < partSize) continue;
      yield Buffer.concat(held, size);
      held = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(held, size);
  return undefined;
};

/** The client knows neither signals nor time limits. */
const within = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  const late = AbortSignal.timeout(partWithin);
  const either = signal === undefined ? late : AbortSignal.any([signal, late]);
  either.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(either.reason);
  either.addEventListener("abort", onAbort);
  return Promise.race([work, promise]).finally(() => either.removeEventListener("abort", onAbort));
};
