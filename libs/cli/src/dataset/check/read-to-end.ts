import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type DatasetFinding, finding, type IndexedFile, voxelBytesOf } from "@rollerblade/abids";

/**
 * Decompresses a gzipped file to its end, which compares its checksum, and counts the bytes of an image against its header. Files of
 * other kinds, and empty ones, are not read.
 */
export const readToEnd = async (folder: string, file: IndexedFile): Promise<DatasetFinding[]> => {
  const isImage = file.path.endsWith(".nii.gz");
  if (!file.path.endsWith(".gz") || file.findings.some(({ rule }) => rule === "empty-file" || rule === "unreadable"))
    return [];
  const rule = isImage ? "bad-image" : "bad-table";
  const broken = (message: string): DatasetFinding[] => [finding(rule, file.path, message, { severity: "error" })];
  let bytes = 0;
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done();
    },
  });
  try {
    await pipeline(createReadStream(join(folder, file.path)), createGunzip(), count);
  } catch (error) {
    return broken(`cannot be decompressed to its end: ${reasonOf(error)}, after ${bytes} bytes`);
  }
  const voxels = file.image === undefined || file.image === null ? null : voxelBytesOf(file.image);
  if (!isImage || voxels === null || bytes >= voxels) return [];
  return broken(`has ${bytes} bytes, which are less than the ${voxels} of the voxels that its header claims`);
};

/** The words of zlib and Node are for programmers. */
const reasonOf = (error: unknown): string => {
  const { code, message } =
    error instanceof Error ? { code: "", ...error, message: error.message } : { code: "", message: "" };
  if (code === "Z_BUF_ERROR") return "it is cut off";
  if (code === "Z_DATA_ERROR") return message.includes("check") ? "its checksum is another one" : "it is damaged";
  return message;
};
