import { gunzipSync, inflateRawSync } from "node:zlib";

/**
 * The bytes of the first file of an archive whose path ends in `name`: `.tar.gz` or zip (a Python wheel is one).
 * It reads archives whose checksum was verified, and nothing else.
 * @throws Error when the archive has no such file.
 */
export const readFromArchive = (archive: Buffer, name: string): Buffer => {
  const isZip = archive.readUInt32LE(0) === 0x04034b50;
  const found = isZip ? fromZip(archive, name) : fromTar(gunzipSync(archive), name);
  if (found === null) throw new Error(`The archive holds no ${name}.`);
  return found;
};

/** POSIX ustar: headers of 512 bytes, the path at 0, the size in octal at 124; contents padded to 512. */
const fromTar = (tar: Buffer, name: string): Buffer | null => {
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const path = tar.toString("utf8", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(tar.toString("ascii", at + 124, at + 136), 8);
    if (path.endsWith(`/${name}`)) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return null;
};

/** PKWARE APPNOTE 4.3.12 and 4.3.16: the central directory at the end lists each entry and where its bytes lie. */
const fromZip = (zip: Buffer, name: string): Buffer | null => {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const entries = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let entry = 0; entry < entries; entry++) {
    const nameLength = zip.readUInt16LE(at + 28);
    const path = zip.toString("utf8", at + 46, at + 46 + nameLength);
    if (path.endsWith(`/${name}`)) return unpackEntry(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return null;
};

const unpackEntry = (zip: Buffer, at: number): Buffer => {
  const size = zip.readUInt32LE(at + 20);
  const header = zip.readUInt32LE(at + 42);
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + size);
  return zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
};
