import type { JsonObject } from "@rollerblade/abids";
import type { FileRecord } from "./file-record.ts";

/** Bytes of a table of b-values that is read: some ten thousand volumes. */
const maxBytes = 2 ** 16;

/** Whether a file holds the b-values of diffusion images (BIDS, "Diffusion imaging data"), and few enough to be kept. */
export const isBValues = ({ kind, extension, size }: FileRecord): boolean =>
  (kind === "companion" || kind === "sidecar") && extension === ".bval" && size <= maxBytes;

/** The b-values of a file in s/mm², one for each volume; null where something in it is not a number. */
export const readBValues = (bytes: Uint8Array): JsonObject | null => {
  const texts = new TextDecoder()
    .decode(bytes)
    .split(/\s+/)
    .filter((text) => text !== "");
  const bvalues = texts.map(Number);
  return bvalues.length > 0 && bvalues.every(Number.isFinite) ? { bvalues } : null;
};
