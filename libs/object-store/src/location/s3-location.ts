import { Problem } from "@rollerblade/errors";
import { type Client, Client as S3Client } from "minio";
import { attachment } from "../attachment.ts";
import { checkKey, faultOfKey } from "../object-key.ts";
import { noSuchObject, storeFailed } from "../object-problems.ts";
import { defaultExpiry, type ListedObject } from "../object-store.ts";
import { inspectObjects } from "../s3/inspect-objects.ts";
import { listBucket } from "../s3/list-bucket.ts";
import { codeOf } from "../s3/transient.ts";
import { type ClosedFolders, isHiddenFolder, type ListedPage, type Location, type Unreadable } from "./location.ts";

/**
 * A prefix of a bucket that is not ours, with the standard variables of AWS: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 * `AWS_SESSION_TOKEN`, `AWS_REGION`, and `AWS_ENDPOINT_URL` for other servers. Without keys it is read as anybody may read it.
 */
export const s3Location = (address: string, env: NodeJS.ProcessEnv = process.env): Location => {
  const { bucket, prefix } = readAddress(address);
  const server = serverOf(env);
  const client = clientOf(env, server);
  const unsigned = env.AWS_ACCESS_KEY_ID ? undefined : server.origin;
  const keyOf = (path: string): string => prefix + checkKey(path);
  const failed = (what: string, path: string, error: unknown): Problem =>
    error instanceof Problem ? error : storeFailed(what, `s3://${bucket}/${prefix}${path}`, error);
  return {
    address: `s3://${bucket}/${prefix}`.replace(/\/$/, ""),

    async *list(closed) {
      let any = false;
      try {
        for await (const page of listBucket(client, bucket, prefix, { unsigned })) {
          any ||= page.length > 0;
          yield pageOf(page, prefix, closed);
        }
      } catch (error) {
        throw failed("list", "", error);
      }
      if (!any) throw nothingThere(address);
    },

    async inspect(requests, signal) {
      const objects = requests.map(({ path, ...rest }) => ({ key: keyOf(path), ...rest }));
      const read = await inspectObjects(client, bucket, objects, signal).catch((error: unknown) => {
        throw failed("read", "", error);
      });
      return read.map((one) =>
        one === null ? { fault: "is not there", missing: true } : { ...one, version: one.etag },
      );
    },

    async get(path, { range, signal } = {}) {
      try {
        const key = keyOf(path);
        const stream =
          range === undefined
            ? await client.getObject(bucket, key)
            : await client.getPartialObject(
                bucket,
                key,
                range.start,
                range.end === undefined ? 0 : range.end - range.start + 1,
              );
        signal?.addEventListener("abort", () => stream.destroy(signal.reason), { once: true });
        return stream;
      } catch (error) {
        throw isAbsent(error) ? noSuchObject(path) : failed("read", path, error);
      }
    },

    async head(path) {
      try {
        const { size, lastModified } = await client.statObject(bucket, keyOf(path));
        return { size, modified: lastModified };
      } catch (error) {
        if (isAbsent(error)) return null;
        throw failed("read", path, error);
      }
    },

    async presignGet(path, { expires = defaultExpiry, filename } = {}) {
      const key = keyOf(path);
      if (unsigned !== undefined) return `${unsigned}/${[bucket, ...key.split("/")].map(encodeURIComponent).join("/")}`;
      const disposition = filename === undefined ? {} : { "response-content-disposition": attachment(filename) };
      return client.presignedGetObject(bucket, key, expires, disposition);
    },
  };
};

/** The objects of one page below the prefix; what lies in closed folders is passed over, and each such folder named. */
const pageOf = (objects: readonly ListedObject[], prefix: string, closed: ClosedFolders): ListedPage => {
  const shut = new Set<string>();
  const faults: Unreadable[] = [];
  const files = objects.flatMap(({ key, size, etag }) => {
    const path = key.slice(prefix.length);
    // Some servers list folders as empty objects.
    if (path === "" || path.endsWith("/")) return [];
    const folder = closedAbove(path, closed);
    if (folder !== null) shut.add(folder);
    const fault = folder === null ? faultOfKey(path) : null;
    if (fault !== null) faults.push({ path, message: fault, unknown: false });
    return folder === null && fault === null ? [{ path, size, version: etag || null }] : [];
  });
  return { files, faults, closed: [...shut] };
};

const closedAbove = (path: string, closed: ClosedFolders): string | null => {
  const first = closed.top.find((folder) => path.startsWith(`${folder}/`));
  if (first !== undefined) return first;
  const names = path.split("/");
  const above = names.slice(1).map((_, at) => names.slice(0, at + 1).join("/"));
  return above.find((folder) => isHiddenFolder(folder, closed)) ?? null;
};

const isAbsent = (error: unknown): boolean => ["NoSuchKey", "NotFound"].includes(codeOf(error));

const readAddress = (address: string): { readonly bucket: string; readonly prefix: string } => {
  const [, bucket = "", path = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(address) ?? [];
  const prefix = path.replace(/\/+$/, "");
  if (bucket !== "") return { bucket, prefix: prefix === "" ? "" : `${prefix}/` };
  throw new Problem({
    code: "invalid",
    message: "This names no bucket.",
    subject: address,
    next: "Write it as s3://bucket/prefix.",
  });
};

const regionOf = (env: NodeJS.ProcessEnv): string => env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1";

const serverOf = (env: NodeJS.ProcessEnv): URL =>
  new URL(env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || `https://s3.${regionOf(env)}.amazonaws.com`);

const clientOf = (env: NodeJS.ProcessEnv, url: URL): Client => {
  const useSSL = url.protocol === "https:";
  return new S3Client({
    endPoint: url.hostname,
    port: url.port === "" ? (useSSL ? 443 : 80) : Number(url.port),
    useSSL,
    region: regionOf(env),
    accessKey: env.AWS_ACCESS_KEY_ID ?? "",
    secretKey: env.AWS_SECRET_ACCESS_KEY ?? "",
    ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    // Buckets of other servers and names with dots stand in the path.
    pathStyle: true,
  });
};

const nothingThere = (address: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is nothing at ${address}.`,
    subject: address,
    next: "Give the prefix that holds dataset_description.json.",
  });
