import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { firstBytes, headerBytes } from "./images/first-bytes.ts";
import { bytesClaimed, faultsOfHeader } from "./images/header-faults.ts";
import { readRawHeader } from "./images/raw-header.ts";
import { decodeText } from "./text.ts";

/** A file that may be read in parts. */
export type FileContent = {
  /** Its name; only its extension matters. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Reads so many bytes from there on, or as many as there are. */
  readonly read: (from: number, length: number) => Promise<Uint8Array>;
};

/**
 * Bytes up to which a text or a compressed file is read to its end. Of longer ones only the beginning is looked at, so that judging a
 * file stays cheap beside making it.
 */
const maxWholeBytes = 16 * 2 ** 20;

/** Bytes of a compressed file that are read at once. */
const chunkBytes = 2 ** 20;

/** Uncompressed bytes after which nobody looks further: DEFLATE makes 16 GiB of 16 MiB of zeros. */
const maxInflatedBytes = 2 ** 30;

/**
 * Describes why a file cannot be what its name says, or returns undefined: an empty one, JSON that is none, a table whose rows have
 * different numbers of cells, a gzip file that ends early, an image without a header or with fewer voxels than that claims. What it
 * accepts may still be wrong; a program that was killed half way, or a disk that was full, mostly leaves one of these.
 */
export const faultOfContent = async (file: FileContent): Promise<string | undefined> => {
  if (file.size === 0) return "is empty (0 bytes)";
  if (/\.nii(\.gz)?$/.test(file.name)) return faultOfImage(file);
  if (file.name.endsWith(".gz")) return (await inflated(file, file.name.endsWith(".tsv.gz"))).fault;
  if (file.size > maxWholeBytes) return undefined;
  if (file.name.endsWith(".json")) return faultOfJson(await file.read(0, file.size));
  return file.name.endsWith(".tsv") ? faultOfTable(await file.read(0, file.size)) : undefined;
};

const faultOfJson = (bytes: Uint8Array): string | undefined => {
  const text = decodeText(bytes);
  if (text === null) return "is not JSON: it is not UTF-8 text";
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    const remedy = /\b(NaN|-?Infinity)\b/.test(text) ? " (NaN and Infinity are not JSON; write null)" : "";
    return `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}${remedy}`;
  }
};

/** Finds a row with more or fewer cells than the first one; empty lines at the end do not count. */
const faultOfTable = (bytes: Uint8Array): string | undefined => {
  const text = decodeText(bytes);
  if (text === null) return "is not a table: it is not UTF-8 text";
  if (text.includes("\0")) return "is not a table: it holds a NUL character";
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1)?.trim() === "") lines.pop();
  const [head] = lines;
  if (head === undefined) return "is empty: a table has at least one row";
  const columns = cellsOf(head);
  const odd = lines.findIndex((line) => cellsOf(line) !== columns);
  if (odd < 0) return undefined;
  return `is not a table: line ${odd + 1} has ${cellsOf(lines[odd] ?? "")} cells, the first one ${columns}`;
};

const cellsOf = (line: string): number => line.split("\t").length;

const faultOfImage = async (file: FileContent): Promise<string | undefined> => {
  const compressed = file.name.endsWith(".gz");
  const first = firstBytes(compressed, await file.read(0, headerBytes), file.size);
  if (first.fault !== null) return first.fault;
  const header = readRawHeader(first.bytes);
  if (typeof header === "string") return header;
  const [fatal] = faultsOfHeader(header, file.size, compressed).fatal;
  if (fatal !== undefined) return fatal;
  const claimed = header.single ? bytesClaimed(header) : 0;
  const whole = compressed ? await inflated(file, false) : { bytes: file.size };
  if (whole.fault !== undefined) return whole.fault;
  if (whole.bytes === null || claimed <= whole.bytes) return undefined;
  return `has ${whole.bytes} bytes of the ${claimed} that its header claims`;
};

type Inflated = {
  readonly fault?: string | undefined;
  /** Bytes without the compression; null where the file is too long to be read to its end. */
  readonly bytes: number | null;
};

/**
 * Decompresses a gzip file to its end, and forgets what comes of it.
 * @param isTable whether it holds a table, which is looked at if it is not too long
 */
const inflated = async (file: FileContent, isTable: boolean): Promise<Inflated> => {
  const begin = await file.read(0, 3);
  // The signature and the only method (RFC 1952).
  if (begin[0] !== 0x1f || begin[1] !== 0x8b || begin[2] !== 8)
    return { bytes: 0, fault: "is not compressed with gzip, contrary to its name" };
  if (file.size > maxWholeBytes) return { bytes: null };
  let bytes = 0;
  const kept: Uint8Array[] = [];
  try {
    await pipeline(chunksOf(file), createGunzip(), async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > maxInflatedBytes) return;
        if (isTable && bytes <= maxWholeBytes) kept.push(chunk);
      }
    });
  } catch (cause) {
    return { bytes, fault: `is not a whole gzip file: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
  if (bytes > maxInflatedBytes) return { bytes: null };
  return { bytes, fault: isTable && bytes <= maxWholeBytes ? faultOfTable(Buffer.concat(kept)) : undefined };
};

const chunksOf = async function* (file: FileContent): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += chunkBytes) yield await file.read(at, chunkBytes);
};
