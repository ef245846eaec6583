import type { JsonObject } from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import { entryBytes } from "./struct-size.ts";

/** Bytes in a message that one scan's metadata may have: it travels in 512 KiB at most, beside attributes and files. */
const maxBytes = 192 * 1024;

/** Metadata that fit into a message: the largest values are left out until the rest does, each with a finding. */
export const boundedMetadata = (
  path: string,
  metadata: JsonObject,
  limit = maxBytes,
): { metadata: JsonObject; findings: Finding[]; bytes: number } => {
  const sizes = Object.entries(metadata).map(([key, value]) => ({ key, bytes: entryBytes(key, value) }));
  let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const dropped = new Set<string>();
  for (const { key, bytes } of sizes.sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1))) {
    if (total <= limit) break;
    dropped.add(key);
    total -= bytes;
  }
  if (dropped.size === 0) return { metadata, findings: [], bytes: total };
  return {
    metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !dropped.has(key))),
    findings: [...dropped].map((key) => ({
      where: path,
      message: `the metadata ${key} are too large to be searched and stay in the file only`,
    })),
    bytes: total,
  };
};
