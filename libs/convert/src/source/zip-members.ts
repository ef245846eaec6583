import type { Readable } from "node:stream";
import { Problem } from "@rollerblade/errors";
import yauzl from "yauzl";
import { requireCount, requireMember, requireRatio } from "./archive-limits.ts";

/** A file within a zip. */
export type ZipMember = { readonly name: string; readonly size: number; readonly open: () => Promise<Readable> };

/** A zip that is open, with its files. */
export type OpenZip = { readonly members: readonly ZipMember[]; readonly close: () => void };

/**
 * Opens a zip and lists its files without reading them. Nothing of a member is read beyond the size that the zip declares
 * for it. @throws Problem `invalid` for names that lead out of it, and for a bomb
 */
export const openZip = async (archive: string, location: string, packed: number): Promise<OpenZip> => {
  const zip = await yauzl.openPromise(location, { autoClose: false, lazyEntries: true, validateEntrySizes: true });
  try {
    const members: ZipMember[] = [];
    let unpacked = 0;
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      if (name.endsWith("/")) continue;
      requireMember(archive, name);
      unpacked += entry.uncompressedSize;
      requireRatio(archive, packed, unpacked);
      members.push({ name, size: entry.uncompressedSize, open: () => zip.openReadStreamPromise(entry) });
      requireCount(archive, members.length);
    }
    return { members, close: () => zip.close() };
  } catch (error) {
    zip.close();
    throw error instanceof Problem ? error : unsafe(archive, error);
  }
};

/** The library looks at the names first: its message states which is wrong. */
const unsafe = (archive: string, error: unknown): Problem =>
  new Problem({
    code: "invalid",
    message: `The archive ${archive} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    subject: archive,
    next: "Take it out of the source, or unpack it where you trust it and give that folder.",
  });
