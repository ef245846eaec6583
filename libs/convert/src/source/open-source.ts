import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem } from "@rollerblade/errors";
import { type Location, openLocation, type PlacedFile } from "@rollerblade/object-store";
import { listFolder, rootFolder, type WalkedFolder } from "@rollerblade/object-store/list-folder";
import type { SourceFault, SourceFile } from "./source-file.ts";
import { gunzipTo, listTar, type TarMember } from "./tar-members.ts";
import { openZip, type ZipMember } from "./zip-members.ts";

/** A folder or an archive with everything in it. */
export type Source = {
  readonly files: readonly SourceFile[];
  /** What cannot be used: links that lead out, damaged archives. */
  readonly faults: readonly SourceFault[];
  /** A folder for half-made things; it is gone when the source is closed. */
  readonly scratch: string;
  readonly close: () => void;
};

/** How the path of a member begins behind its archive's. */
const inside = "!/";

/**
 * Opens a source: lists a folder, or a prefix of a bucket (`s3://bucket/prefix`), with the members of all `tar`, `tar.gz`, `tgz` and `zip` in it,
 * or one archive. Nothing in the source is written. @throws Problem `not-found`
 */
export const openSource = async (location: string): Promise<Source> => {
  const inBucket = location.startsWith("s3:");
  const is = inBucket ? undefined : statSync(location, { throwIfNoEntry: false });
  if (!inBucket && is === undefined)
    throw new Problem({
      code: "not-found",
      message: `There is no ${location}.`,
      subject: location,
      next: "Give the folder or the archive that holds the data, or s3://bucket/prefix.",
    });
  const scratch = mkdtempSync(join(tmpdir(), "rollerblade-convert-"));
  const opening: Opening = { scratch, files: [], faults: [], closers: [], archives: 0 };
  const close = (): void => {
    for (const one of opening.closers) one();
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    if (is === undefined) await addBucket(opening, location);
    else if (is.isDirectory()) await addFolder(opening, location);
    else if (archiveName.test(location)) {
      await addArchive(opening, fileAt(basename(location), resolve(location)), "");
      const [fault] = opening.faults;
      if (fault !== undefined)
        throw new Problem({ code: "invalid", message: `${location} ${fault.message}.`, subject: location });
    } else await addFile(opening, fileAt(basename(location), resolve(location)));
  } catch (error) {
    close();
    throw error;
  }
  const files = opening.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, faults: opening.faults, scratch, close };
};

type Opening = {
  readonly scratch: string;
  readonly files: SourceFile[];
  readonly faults: SourceFault[];
  readonly closers: (() => void)[];
  archives: number;
};

const archiveName = /\.(?:tar|tar\.gz|tgz|zip)$/i;

const addFolder = async (opening: Opening, root: string): Promise<void> => {
  const top = rootFolder(root);
  const waiting: WalkedFolder[] = [top];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of listFolder(top.location, folder, "inside")) {
      const path = folder.path === "" ? entry.name : `${folder.path}/${entry.name}`;
      if (entry.kind === "folder") waiting.push(entry.folder);
      else if (entry.kind === "fault") opening.faults.push({ path, message: entry.message });
      else await addFile(opening, fileAt(path, entry.location));
    }
  }
};

/** Everything below a prefix; archives are fetched, since their members are read from many places, everything else when it is needed. */
const addBucket = async (opening: Opening, address: string): Promise<void> => {
  const bucket = await openLocation(address);
  const archives: PlacedFile[] = [];
  for await (const { files, faults } of bucket.list({ top: [], hidden: false })) {
    opening.faults.push(...faults.map(({ path, message }) => ({ path, message })));
    for (const file of files) {
      if (archiveName.test(file.path)) archives.push(file);
      // What some tools put where a folder begins.
      else if (!file.path.endsWith("/")) opening.files.push(fileInBucket(bucket, file));
    }
  }
  for (const file of archives) {
    opening.archives += 1;
    const location = join(opening.scratch, `fetched-${opening.archives}`);
    await pipeline(await bucket.get(file.path), createWriteStream(location));
    await addArchive(opening, { ...fileInBucket(bucket, file), location }, `${file.path}${inside}`);
  }
};

const fileInBucket = (bucket: Location, { path, size, version }: PlacedFile): SourceFile => ({
  path,
  size,
  version: `${size}.${version ?? ""}`,
  location: null,
  head: async (maxBytes) => {
    const end = Math.min(maxBytes, size) - 1;
    return end < 0 ? Buffer.alloc(0) : readStream(await bucket.get(path, { range: { start: 0, end } }), end + 1);
  },
  read: async () => readStream(await bucket.get(path), size),
});

const addFile = async (opening: Opening, file: SourceFile & { readonly location: string }): Promise<void> => {
  if (archiveName.test(file.path)) await addArchive(opening, file, `${file.path}${inside}`);
  else opening.files.push(file);
};

const fileAt = (path: string, location: string): SourceFile & { readonly location: string } => {
  const { size, mtimeMs, ino } = statSync(location);
  return {
    path,
    size,
    version: `${size}.${mtimeMs}.${ino}`,
    location,
    head: (maxBytes) => readPart(location, 0, Math.min(maxBytes, size)),
    read: () => readFile(location),
  };
};

/** The members of an archive instead of it; one that cannot be read is a fault. */
const addArchive = async (
  opening: Opening,
  archive: SourceFile & { readonly location: string },
  prefix: string,
): Promise<void> => {
  try {
    const members = /\.zip$/i.test(archive.path)
      ? await zipFiles(opening, archive, prefix)
      : await tarFiles(opening, archive, prefix);
    opening.files.push(...members);
  } catch (error) {
    opening.faults.push({ path: archive.path, message: error instanceof Error ? error.message : String(error) });
  }
};

const tarFiles = async (opening: Opening, archive: SourceFile & { readonly location: string }, prefix: string) => {
  let { location } = archive;
  if (!/\.tar$/i.test(archive.path)) {
    opening.archives += 1;
    location = join(opening.scratch, `archive-${opening.archives}.tar`);
    await gunzipTo(archive.path, archive.size, archive.location, location);
  }
  const members = await listTar(archive.path, location);
  return members.map((member) => tarFile(archive, prefix, location, member));
};

const tarFile = (
  archive: SourceFile,
  prefix: string,
  location: string,
  { name, size, offset }: TarMember,
): SourceFile => ({
  path: prefix + name,
  size,
  version: `${archive.version}.${offset}`,
  location: null,
  head: (maxBytes) => readPart(location, offset, Math.min(maxBytes, size)),
  read: () => readPart(location, offset, size),
});

const zipFiles = async (opening: Opening, archive: SourceFile & { readonly location: string }, prefix: string) => {
  const zip = await openZip(archive.path, archive.location, archive.size);
  opening.closers.push(zip.close);
  return zip.members.map((member) => zipFile(archive, prefix, member));
};

const zipFile = (archive: SourceFile, prefix: string, { name, size, open: openMember }: ZipMember): SourceFile => ({
  path: prefix + name,
  size,
  version: `${archive.version}.${name}`,
  location: null,
  head: async (maxBytes) => readStream(await openMember(), Math.min(maxBytes, size)),
  read: async () => readStream(await openMember(), size),
});

const readPart = async (location: string, offset: number, length: number): Promise<Buffer> => {
  const file = await open(location);
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

const readStream = async (stream: Readable, maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (length >= maxBytes) break;
  }
  stream.destroy();
  return Buffer.concat(chunks).subarray(0, maxBytes);
};
