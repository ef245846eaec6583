import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { readFromArchive } from "./read-archive.ts";

/** An archive with a program in it, and the checksum that it must have. */
export type PinnedArchive = { readonly file: string; readonly sha256: string };

/**
 * Writes the program of an archive to `target`, executable. `member`: the end of its path within the archive.
 * @throws Error when the archive has another checksum than the pinned one
 */
export const unpackProgram = async (
  bytes: Buffer,
  archive: PinnedArchive,
  member: string,
  target: string,
): Promise<void> => {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== archive.sha256)
    throw new Error(`${archive.file} has the checksum ${sha256}, not the pinned ${archive.sha256}`);
  await writeFile(target, readFromArchive(bytes, member), { mode: 0o755 });
};
