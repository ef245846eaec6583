import { Agent as PlainAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import type { Readable } from "node:stream";
import { Problem } from "@rollerblade/errors";
import { Client } from "minio";
import { z } from "zod";
import { attachment } from "../attachment.ts";
import { hashChunks } from "../hashed-chunks.ts";
import { checkKey, checkPrefix } from "../object-key.ts";
import { noSuchObject, noSuchRange, storeFailed } from "../object-problems.ts";
import { defaultExpiry, type ObjectHead, type ObjectStore } from "../object-store.ts";
import { copyObject } from "./copy-object.ts";
import { headMany } from "./head-many.ts";
import { inspectObjects } from "./inspect-objects.ts";
import { listBucket } from "./list-bucket.ts";
import type { Endpoint, S3Address } from "./s3-address.ts";
import { codeOf } from "./transient.ts";
import { upload } from "./upload.ts";

/** S3 deletes at most so many objects at once. */
const deleteBatch = 1000;

/**
 * What of a `DeleteObjects` failed: the server answers 200 all the same. The client's types put each error below `Error`, where its parser
 * does not.
 */
const notDeleted = z.array(
  z.object({
    Code: z.coerce.string().default("unknown"),
    Key: z.coerce.string().default("objects"),
    Message: z.coerce.string().default("it says no reason"),
  }),
);

/** Objects in a bucket of any S3 server, by the verbs that all of them have. */
export const s3Store = (address: S3Address): ObjectStore => {
  const { bucket } = address;
  const client = clientOf(address, address.endpoint);
  const signer = clientOf(address, address.publicEndpoint);
  const head: ObjectStore["head"] = async (key) => {
    try {
      const { size, lastModified } = await client.statObject(bucket, checkKey(key));
      return { size, modified: lastModified };
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error instanceof Problem ? error : storeFailed("read", key, error);
    }
  };
  const headOf = async (key: string): Promise<ObjectHead> => {
    const found = await head(key);
    if (found === null) throw noSuchObject(key);
    return found;
  };

  return {
    head,
    heads: (keys) => headMany({ client, bucket, head }, keys.map(checkKey)),

    async put(key, body, options = {}) {
      const hashed = hashChunks(checkKey(key), body, options);
      try {
        await upload({ client, bucket, key }, hashed.chunks, () => hashed.result().size, options.signal);
      } catch (error) {
        if (error instanceof Problem || options.signal?.aborted) throw error;
        throw storeFailed("write", key, error);
      }
      return hashed.result();
    },

    async get(key, { range, signal } = {}) {
      const start = range?.start ?? 0;
      const length = range?.end === undefined ? 0 : range.end - start + 1;
      try {
        const whole = range === undefined;
        const name = checkKey(key);
        const stream = whole
          ? await client.getObject(bucket, name)
          : await client.getPartialObject(bucket, name, start, length);
        return abortable(stream, signal);
      } catch (error) {
        if (isAbsent(error)) throw noSuchObject(key);
        if (codeOf(error) === "InvalidRange") throw noSuchRange(key, (await headOf(key)).size);
        throw error instanceof Problem ? error : storeFailed("read", key, error);
      }
    },

    async inspect(requests, signal) {
      for (const { key } of requests) checkKey(key);
      return inspectObjects(client, bucket, requests, signal).catch((error: unknown) => {
        throw error instanceof Problem || signal?.aborted ? error : storeFailed("read", requests[0]?.key ?? "", error);
      });
    },

    async *list(prefix) {
      try {
        // Some servers list folders as empty objects.
        for await (const page of listBucket(client, bucket, checkPrefix(prefix)))
          for (const { key, size } of page) if (!key.endsWith("/")) yield { key, size };
      } catch (error) {
        throw error instanceof Problem ? error : storeFailed("list", prefix, error);
      }
    },

    async delete(keys) {
      const names = keys.map(checkKey);
      for (let at = 0; at < names.length; at += deleteBatch) {
        const answers = await client.removeObjects(bucket, names.slice(at, at + deleteBatch));
        const failed = notDeleted.parse(answers).find(({ Code }) => Code !== "NoSuchKey");
        if (failed !== undefined) throw storeFailed("delete", failed.Key, new Error(failed.Message));
      }
    },

    async copy(from, to, options = {}) {
      if (checkKey(to) === checkKey(from)) return (await headOf(to)).modified;
      const size = options.size ?? (await headOf(from)).size;
      const modified = await copyObject({ client, bucket, from, to, size }).catch((error: unknown) => {
        throw isAbsent(error) ? noSuchObject(from) : storeFailed("copy", from, error);
      });
      return modified ?? (await headOf(to)).modified;
    },

    async presignGet(key, { expires = defaultExpiry, filename } = {}) {
      const disposition = filename === undefined ? {} : { "response-content-disposition": attachment(filename) };
      return signer.presignedGetObject(bucket, checkKey(key), expires, disposition);
    },

    async presignPut(key, { expires = defaultExpiry } = {}) {
      return signer.presignedPutObject(bucket, checkKey(key), expires);
    },
  };
};

const clientOf = ({ region, accessKey, secretKey, pathStyle }: S3Address, { host, port, tls }: Endpoint): Client => {
  const Agent = tls ? TlsAgent : PlainAgent;
  const transportAgent = new Agent({ keepAlive: true, maxSockets: 64 });
  return new Client({ endPoint: host, port, useSSL: tls, region, accessKey, secretKey, pathStyle, transportAgent });
};

const abortable = (stream: Readable, signal: AbortSignal | undefined): Readable => {
  if (signal === undefined) return stream;
  const onAbort = (): void => void stream.destroy(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  return stream.once("close", () => signal.removeEventListener("abort", onAbort));
};

const isAbsent = (error: unknown): boolean => ["NoSuchKey", "NotFound"].includes(codeOf(error));
