import type { Client } from "minio";
import { inSeconds } from "./head-many.ts";
import { readCopyTime, readErrorMessage } from "./read-answer.ts";
import { withRetries } from "./transient.ts";

/** S3 copies at most so many bytes in one request. */
const largestCopy = 5 * 2 ** 30;

/** A copy within a bucket. */
export type Copying = {
  readonly client: Client;
  readonly bucket: string;
  readonly from: string;
  readonly to: string;
  /** Bytes of the origin. */
  readonly size: number;
};

/**
 * Copies on the server, in several requests when the object is larger than `largest` bytes. The header is written here, since
 * the client leaves `?`, `#` and `+` in it as they are.
 * @returns the time of its last change, in whole seconds as in a header; null where the server does not tell it
 */
export const copyObject = async (copying: Copying, largest = largestCopy): Promise<Date | null> => {
  const { client, bucket, from, to, size } = copying;
  const source = { "x-amz-copy-source": [bucket, ...from.split("/")].map(encodeURIComponent).join("/") };
  if (size > largest) {
    await copyInParts(copying, source, largest);
    return null;
  }
  const request = { method: "PUT", bucketName: bucket, objectName: to, headers: source };
  return withRetries(async () => {
    const response = await client.makeRequestAsync(request);
    const answer = Buffer.concat(await response.toArray()).toString();
    // A copy that fails late is a 200 with an error in its body.
    if (answer.includes("<Error>")) throw new Error(readErrorMessage(answer) ?? answer);
    const modified = readCopyTime(answer);
    return modified === undefined ? null : inSeconds(modified);
  });
};

const copyInParts = async (
  { client, bucket, to, size }: Copying,
  source: Record<string, string>,
  partSize: number,
): Promise<void> => {
  const uploadID = await client.initiateNewMultipartUpload(bucket, to, {});
  try {
    const done: { part: number; etag: string }[] = [];
    for (let start = 0; start < size; start += partSize) {
      const range = `bytes=${start}-${Math.min(start + partSize, size) - 1}`;
      const headers = { ...source, "x-amz-copy-source-range": range };
      const partNumber = done.length + 1;
      const part = { bucketName: bucket, objectName: to, uploadID, partNumber, headers };
      done.push({ part: partNumber, etag: (await withRetries(() => client.uploadPart(part))).etag });
    }
    await client.completeMultipartUpload(bucket, to, uploadID, done);
  } catch (error) {
    await client.abortMultipartUpload(bucket, to, uploadID).catch(() => {});
    throw error;
  }
};
