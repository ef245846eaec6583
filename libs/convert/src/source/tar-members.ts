import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { requireCount, requireMember, requireRatio } from "./archive-limits.ts";

/** A file within a tar, and where its bytes are. */
export type TarMember = { readonly name: string; readonly size: number; readonly offset: number };

const blockBytes = 512;

/** Names in pax headers and GNU's long names are read up to this size. */
const maxNameBytes = 64 * 1024;

/** Unpacks the gzip around a tar to a file. @throws Problem `invalid` for a bomb */
export const gunzipTo = async (archive: string, packed: number, location: string, target: string): Promise<void> => {
  let unpacked = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _, done) => {
      unpacked += chunk.length;
      try {
        requireRatio(archive, packed, unpacked);
        done(null, chunk);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  await pipeline(createReadStream(location), createGunzip(), counted, createWriteStream(target));
};

/**
 * Lists the files of an uncompressed tar (POSIX ustar and pax, GNU's long names) without reading them. Links, devices and
 * folders are left out. @throws Problem `invalid` for names that lead out of it
 */
export const listTar = async (archive: string, location: string): Promise<TarMember[]> => {
  const file = await open(location);
  try {
    return await listBlocks(archive, file, (await file.stat()).size);
  } finally {
    await file.close();
  }
};

const listBlocks = async (archive: string, file: FileHandle, size: number): Promise<TarMember[]> => {
  const members: TarMember[] = [];
  const header = Buffer.alloc(blockBytes);
  // What an extended header states about the next member.
  let next: { name?: string; size?: number } = {};
  for (let at = 0; at + blockBytes <= size; ) {
    await file.read(header, 0, blockBytes, at);
    if (header[0] === 0) break;
    if (!isChecked(header)) throw new Error(`${archive} is not a tar archive, or is damaged at byte ${at}`);
    const type = String.fromCharCode(header[156] ?? 0);
    const bytes = next.size ?? numberAt(header, 124, 12);
    const offset = at + blockBytes;
    if (offset + bytes > size) throw new Error(`${archive} ends in the middle of a member: it was cut off`);
    at = offset + Math.ceil(bytes / blockBytes) * blockBytes;
    if (type === "x" || type === "L") {
      const content = Buffer.alloc(Math.min(bytes, maxNameBytes));
      await file.read(content, 0, content.length, offset);
      next = type === "L" ? { ...next, name: textOf(content) } : { ...next, ...paxOf(content) };
      continue;
    }
    const name = (next.name ?? nameIn(header)).replace(/^(?:\.\/)+/, "");
    next = {};
    if (type !== "0" && type !== "\0" && type !== "7") continue;
    requireMember(archive, name);
    members.push({ name, size: bytes, offset });
    requireCount(archive, members.length);
  }
  return members;
};

/** The sum of all bytes, with blanks for those of the sum itself. */
const isChecked = (header: Buffer): boolean => {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum === numberAt(header, 148, 8);
};

/** Octal digits, or GNU's binary numbers for what is larger than 8 GiB. */
const numberAt = (header: Buffer, at: number, length: number): number => {
  if (((header[at] ?? 0) & 0x80) !== 0) return Number(header.readBigUInt64BE(at + length - 8));
  return Number.parseInt(textOf(header.subarray(at, at + length)).trim() || "0", 8);
};

const textOf = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
};

const nameIn = (header: Buffer): string => {
  const name = textOf(header.subarray(0, 100));
  const isUstar = header.toString("latin1", 257, 262) === "ustar";
  const prefix = isUstar && header[263] === 0x30 ? textOf(header.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
};

/** Records of a pax header: `LENGTH KEY=VALUE`, one a line. */
const paxOf = (content: Buffer): { name?: string; size?: number } => {
  const found: { name?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString("latin1", at, space));
    if (space < 0 || !(length > 0)) break;
    const record = content.toString("utf8", space + 1, at + length - 1);
    const value = record.slice(record.indexOf("=") + 1);
    if (record.startsWith("path=")) found.name = value;
    if (record.startsWith("size=")) found.size = Number(value);
    at += length;
  }
  return found;
};
