import { buffer } from "node:stream/consumers";
import type { Location, ObjectStore } from "@rollerblade/object-store";

/** Where a staged content lies. */
export type StagedContent = {
  readonly sha256: string;
  readonly key: string;
  readonly start: number | null;
  /** Bytes. */
  readonly size: number;
};

/** The bytes of a staged content, from an object of many too; only for contents that fit into memory. */
export const readContent = async (objects: ObjectStore, { key, start, size }: StagedContent): Promise<Buffer> => {
  if (size === 0) return Buffer.alloc(0);
  const from = start ?? 0;
  return buffer(await objects.get(key, { range: { start: from, end: from + size - 1 } }));
};

/** Bytes of a text that is read from a place. */
const maxTextBytes = 2 ** 20;

/** The text of a small file at a place; null where there is none, or a larger one. */
export const readSmallText = async (location: Location, path: string): Promise<string | null> => {
  const head = await location.head(path);
  if (head === null || head.size > maxTextBytes) return null;
  return (await buffer(await location.get(path))).toString("utf8");
};
