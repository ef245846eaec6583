import { statSync } from "node:fs";
import { fileVersion } from "./file-version.ts";
import { type FolderEntry, type FollowedLinks, listFolder, rootFolder, type WalkedFolder } from "./list-folder.ts";
import { type ClosedFolders, isHiddenFolder, type PlacedFile, type Unreadable } from "./location.ts";

/** One thing that was found. */
export type Found =
  | { readonly kind: "file"; readonly file: PlacedFile }
  | { readonly kind: "fault"; readonly fault: Unreadable }
  | { readonly kind: "closed"; readonly path: string };

/**
 * Everything below a folder, in byte order of path, with links followed as `listFolder` follows them: what leads nowhere or in
 * a circle, what is not a file, and a name that cannot be stored are faults. Nothing is opened or executed. Runs in a worker,
 * since calls that do not wait for the event loop are many times faster.
 */
export const walk = function* (root: string, closed: ClosedFolders, links: FollowedLinks): Generator<Found> {
  const top = rootFolder(root);
  yield* walkFolder(top.location, top, closed, links);
};

const walkFolder = function* (
  top: string,
  folder: WalkedFolder,
  closed: ClosedFolders,
  links: FollowedLinks,
): Generator<Found> {
  const entries = entriesOf(top, folder, links);
  if (typeof entries === "string") return yield fault(folder.path, entries, true);
  for (const entry of entries) {
    const path = folder.path === "" ? entry.name : `${folder.path}/${entry.name}`;
    if (entry.kind === "fault") yield fault(path, entry.message, entry.isFolder);
    else if (entry.kind === "file") yield place(path, entry.location);
    else if (isClosed(path, closed)) yield { kind: "closed", path };
    else yield* walkFolder(top, entry.folder, closed, links);
  }
};

const fault = (path: string, message: string, unknown = false): Found => ({
  kind: "fault",
  fault: { path, message, unknown },
});

const isClosed = (path: string, closed: ClosedFolders): boolean =>
  closed.top.includes(path) || isHiddenFolder(path, closed);

const place = (path: string, location: string): Found => {
  try {
    const stats = statSync(location);
    return { kind: "file", file: { path, size: stats.size, version: fileVersion(stats) } };
  } catch (error) {
    return fault(path, `cannot be read: ${reasonOf(error)}`);
  }
};

/** What is in a folder, bytewise; or why nobody can tell. */
const entriesOf = (top: string, folder: WalkedFolder, links: FollowedLinks): FolderEntry[] | string => {
  try {
    const entries = [...listFolder(top, folder, links)];
    return entries.sort(entries.every(({ name }) => isAscii(name)) ? byUnit : bytewise);
  } catch (error) {
    return `cannot be looked into: ${reasonOf(error)}`;
  }
};

/** A folder counts with its slash, so that `a.txt` comes before what is in `a/`. */
const keyOf = ({ kind, name }: FolderEntry): string => (kind === "folder" ? `${name}/` : name);

const isAscii = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
};

const byUnit = (a: FolderEntry, b: FolderEntry): number => {
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};
const bytewise = (a: FolderEntry, b: FolderEntry): number =>
  Buffer.compare(Buffer.from(keyOf(a)), Buffer.from(keyOf(b)));
const reasonOf = (error: unknown): string =>
  error instanceof Error ? (/^(\w+):/.exec(error.message)?.[1] ?? error.message) : String(error);
