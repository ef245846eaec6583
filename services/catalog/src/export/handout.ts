import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { DownloadFile } from "@rollerblade/client";
import type { ObjectStore } from "@rollerblade/object-store";
import pLimit from "p-limit";
import type { Reader } from "../query/reader.ts";

/** What files are handed out with. */
export type HandoutTools = { readonly reader: Reader; readonly objects: ObjectStore };

/** A file that can be handed out; its hash is null where nobody keeps it. */
export type Handout = {
  readonly dataset: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string | null;
};

const headsAtOnce = pLimit(16);

/** A file as a link. */
export const linked = async (objects: ObjectStore, { dataset, path, size, sha256 }: Handout): Promise<DownloadFile> => {
  const filename = path.split("/").at(-1);
  const url = await objects.presignGet(datasetKey(dataset, path), { filename });
  return { dataset, path, size, sha256, url, content: null };
};

/** A file as its text, or as base64 of bytes that are not UTF-8, where only a part of what is stored belongs to the result. */
export const inline = (dataset: string, path: string, bytes: Uint8Array): DownloadFile => {
  const sha256 = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const common = { dataset, path, size: bytes.length, sha256, url: null };
  if (isUtf8(bytes)) return { ...common, content: Buffer.from(bytes).toString("utf8") };
  return { ...common, content: Buffer.from(bytes).toString("base64"), encoding: "base64" };
};

/** JSON as a file for people. */
export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/** All bytes of an object; null where there is none. */
export const bytesOf = async (objects: ObjectStore, key: string): Promise<Uint8Array | null> => {
  if ((await objects.head(key)) === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await objects.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** What is known of a stored file that nobody keeps a record of; nothing where there is none. */
export const unrecorded = (objects: ObjectStore, dataset: string, path: string): Promise<Handout[]> =>
  headsAtOnce(async () => {
    const head = await objects.head(datasetKey(dataset, path));
    return head === null ? [] : [{ dataset, path, size: head.size, sha256: null }];
  });
