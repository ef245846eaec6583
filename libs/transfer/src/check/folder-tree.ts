import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { type DatasetTree, imageTailBytes, type TreeContent, type TreeEntry, type TreeHead } from "@rollerblade/abids";
import { type FollowedLinks, listFolder, rootFolder, type WalkedFolder } from "@rollerblade/object-store/list-folder";

/**
 * A dataset in a folder of this machine, listed as an import lists it. Calls are synchronous: for small files of a local
 * disk that is several times as fast as asking the thread pool for each. A folder is listed after the one around it.
 */
export const folderTree = (root: string, links: FollowedLinks = "inside"): DatasetTree => {
  const top = rootFolder(root);
  const folders = new Map<string, WalkedFolder>([["", top]]);
  return {
    list: (folder) => list(top.location, folders, folder, links),
    read: (path, most) => readWhole(`${top.location}/${path}`, most),
    head: (path, most) => readHead(`${top.location}/${path}`, most),
    has: (path) => isThere(`${top.location}/${path}`),
  };
};

/** What lies behind a file, or has a longer name than the disk takes, is not there. */
const isThere = (location: string): boolean => {
  try {
    return lstatSync(location, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
};

/** Of the folders that were listed, only those are remembered that have not been entered yet. */
const list = (
  top: string,
  folders: Map<string, WalkedFolder>,
  path: string,
  links: FollowedLinks,
): readonly TreeEntry[] | { readonly message: string } => {
  const folder = folders.get(path);
  if (folder === undefined) return { message: "is not there" };
  if (path !== "") folders.delete(path);
  try {
    return listFolder(top, folder, links).map((entry): TreeEntry => {
      if (entry.kind === "folder") folders.set(entry.folder.path, entry.folder);
      return entry;
    });
  } catch (error) {
    return { message: reasonOf(error) };
  }
};

const refuse = (
  rule: "unreadable" | "too-large" | "changing",
  message: string,
): Extract<TreeContent, { ok: false }> => ({
  ok: false,
  rule,
  message,
});

/** Small files are read into one buffer, again and again. */
const small = Buffer.allocUnsafe(64 * 1024);

/** A pipe would keep us waiting for a writer for ever. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

const readWhole = (path: string, most: number): TreeContent => {
  let file: number | undefined;
  try {
    file = openSync(path, flags);
    return readSmall(file, most) ?? readLarge(file, most);
  } catch (error) {
    return refuse("unreadable", reasonOf(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
};

const readHead = (path: string, most: number): TreeHead => {
  let file: number | undefined;
  try {
    file = openSync(path, flags);
    const stats = fstatSync(file);
    if (!stats.isFile()) return refuse("unreadable", "is not a file");
    const length = most === 0 ? 0 : readSync(file, small, 0, Math.min(most, small.length), 0);
    const tail = Buffer.alloc(most === 0 ? 0 : Math.min(imageTailBytes, stats.size));
    if (tail.length > 0) readSync(file, tail, 0, tail.length, stats.size - tail.length);
    return { ok: true, bytes: small.subarray(0, length), size: stats.size, tail };
  } catch (error) {
    return refuse("unreadable", reasonOf(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
};

/** One call reads a small file as it was at one time; null where the file is larger, or no file. */
const readSmall = (file: number, most: number): TreeContent | null => {
  const length = readSync(file, small, 0, small.length, 0);
  if (length === small.length || length > most) return null;
  return fstatSync(file).size === length ? { ok: true, bytes: small.subarray(0, length) } : null;
};

const readLarge = (file: number, most: number): TreeContent => {
  const before = fstatSync(file);
  if (!before.isFile()) return refuse("unreadable", "is not a file");
  if (before.size > most) return refuse("too-large", `is ${before.size} bytes; the limit is ${most}`);
  const buffer = Buffer.allocUnsafe(before.size + 1);
  const length = readAll(file, buffer, before.size + 1);
  if (length !== before.size || isChanged(before, fstatSync(file)))
    return refuse("changing", "changes while it is read");
  return { ok: true, bytes: buffer.subarray(0, length) };
};

/** Reads until the end of the file or the end of the wanted length, whichever comes first. */
const readAll = (file: number, buffer: Buffer, wanted: number): number => {
  let length = 0;
  while (length < wanted) {
    const got = readSync(file, buffer, length, wanted - length, length);
    if (got === 0) break;
    length += got;
  }
  return length;
};

const isChanged = (before: Stats, after: Stats): boolean =>
  before.mtimeMs !== after.mtimeMs || before.size !== after.size;

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
};

const reasons: Readonly<Record<string, string>> = {
  EACCES: "is not readable for you",
  ENOENT: "is not there",
  ELOOP: "is a link to itself",
  ENAMETOOLONG: "has too long a path",
  EIO: "cannot be read from the disk",
};
