import { buffer } from "node:stream/consumers";
import type { ObjectStore } from "@rollerblade/object-store";

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
