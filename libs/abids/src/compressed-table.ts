import { constants, gunzipSync } from "node:zlib";
import { decodeText } from "./text.ts";

/** Bytes of a compressed table that are looked at. DEFLATE grows at most 1,032-fold, so that they stay below 66 MiB. */
export const compressedHeadBytes = 64 * 1024;

/** The first rows of a compressed table, as cells; or why they cannot be read, in words that follow on its name. */
export type CompressedTable =
  | { readonly ok: true; readonly rows: readonly (readonly string[])[] }
  | { readonly ok: false; readonly fault: string };

/**
 * Reads the beginning of a compressed table (BIDS, "Compressed tabular files"): whole lines of its first
 * `compressedHeadBytes`. `size` is that of the file; a file that is read to its end must be a whole gzip stream.
 */
export const readCompressedTable = (head: Uint8Array, size: number): CompressedTable => {
  if (head[0] !== 0x1f || head[1] !== 0x8b)
    return { ok: false, fault: "is not compressed with gzip, contrary to its name" };
  const isWhole = head.length >= size;
  const inflated = inflate(head, isWhole);
  if (typeof inflated === "string") return { ok: false, fault: inflated };
  const end = isWhole ? inflated.length : inflated.lastIndexOf(10) + 1;
  const text = decodeText(inflated.subarray(0, end));
  if (text === null) return { ok: false, fault: "is not UTF-8 text" };
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return { ok: true, rows: lines.slice(0, maxRows).map((line) => line.split("\t")) };
};

/** Rows that are looked at: what is wrong with a recording is wrong from its beginning. */
const maxRows = 10_000;

const inflate = (head: Uint8Array, isWhole: boolean): Buffer | string => {
  try {
    return gunzipSync(head, isWhole ? {} : { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    return `cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`;
  }
};
