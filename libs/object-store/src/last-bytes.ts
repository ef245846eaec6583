/** Bytes of the end of a file that are kept when it is read to its end: as many as the trailer of gzip has (RFC 1952). */
const tailBytes = 8;

/** The last bytes of what was read, from those before a chunk and the chunk, which may be shorter than they are. They are a copy. */
export const lastBytes = (before: Uint8Array, chunk: Uint8Array): Uint8Array =>
  Buffer.concat([before, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
