/** Bytes at the end of a gzip file that say what it holds: a CRC-32 and the size (RFC 1952, 2.3.1). */
export const gzipTrailerBytes = 8;

/** The flag of an extra field, by which formats of many members (BGZF) are known. */
const extraField = 0x04;

/**
 * Reads from the end of a gzip file how many bytes it holds without the compression, modulo 2³². A file that was cut off ends with
 * other bytes, so that the number is a wrong one. Null where the end says nothing: of a format of many members it speaks of the last one
 * only, and zeros are padding, or the hole in a file that is not fetched whole.
 */
export const inflatedSizeOf = (head: Uint8Array, tail: Uint8Array | null): number | null => {
  if (tail === null || tail.length < gzipTrailerBytes || tail.every((byte) => byte === 0)) return null;
  if (head[0] !== 0x1f || head[1] !== 0x8b || ((head[3] ?? 0) & extraField) !== 0) return null;
  return new DataView(tail.buffer, tail.byteOffset, tail.byteLength).getUint32(tail.length - 4, true);
};
