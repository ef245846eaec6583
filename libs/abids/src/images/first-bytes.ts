import { constants, gunzipSync } from "node:zlib";

/** Bytes of a NIfTI-2 header; NIfTI-1 has 348. */
const needed = 540;

/** How much of a compressed file is looked at: more than one step only behind long names in the gzip header. */
const steps = [1_024, 4_096, 16_384] as const;

/** Limit of bytes that are read from the beginning of a file. */
export const headerBytes = 16_384;

type First = { readonly bytes: Uint8Array; readonly fault: string | null };

/**
 * The first uncompressed bytes of an image, as many as a header has. DEFLATE grows at most 1032-fold, so this is
 * bounded.
 */
export const firstBytes = (compressed: boolean, head: Uint8Array, size: number): First => {
  if (size === 0) return { bytes: head, fault: "is empty" };
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!compressed) return { bytes: head, fault: isGzip ? "is compressed, but its name does not end in .gz" : null };
  if (!isGzip) return { bytes: head, fault: "is not compressed with gzip, contrary to its name" };
  for (const step of steps) {
    const inflated = inflate(head.subarray(0, step));
    if (inflated.fault !== null || inflated.bytes.length >= needed || head.length <= step) return inflated;
  }
  return { bytes: head, fault: "has no image header in its first bytes" };
};

const inflate = (bytes: Uint8Array): First => {
  try {
    return { bytes: gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 1_024 }), fault: null };
  } catch (error) {
    return { bytes, fault: `cannot be decompressed: ${error instanceof Error ? error.message : String(error)}` };
  }
};
