import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import { linkToNothing } from "@rollerblade/abids/absent-content";
import { faultOfKey } from "../object-key.ts";

/**
 * Which links are followed: those that stay `inside` the folder; or also those that lead out of it (`anywhere`), where a
 * person asks for that. A dataset from elsewhere may hold a link to any file of the person who imports it, so what
 * leads out is never read by accident.
 */
export type FollowedLinks = "inside" | "anywhere";

/** A folder on the way through a dataset. */
export type WalkedFolder = {
  /** Relative to the dataset; empty for its root. */
  readonly path: string;
  /** Where it really lies, without any link on the way. */
  readonly location: string;
  /** Real paths from the root to here, to notice circles. */
  readonly above: readonly string[];
  /** Links to folders on the way from the root to here. */
  readonly links: number;
};

/** Why an entry is neither a file nor a folder to be read. */
export type EntryFault = "special-file" | "broken-link" | "link-loop" | "link-out" | "unsafe-path";

/** One entry of a folder: a file, be it reached by a link; a folder to enter; or what is neither. */
export type FolderEntry =
  | { readonly kind: "file"; readonly name: string; readonly location: string }
  | { readonly kind: "folder"; readonly name: string; readonly folder: WalkedFolder }
  | {
      readonly kind: "fault";
      readonly name: string;
      readonly rule: EntryFault;
      readonly message: string;
      /** What it holds, or would hold, is not known. */
      readonly isFolder: boolean;
    };

/**
 * Links to folders that may lie on one way. Each may lead to all of a dataset, so that a way through three of them could
 * be longer than anybody waits for.
 */
const maxLinks = 2;

/** The root of a walk. @throws the error of the file system where there is no such folder */
export const rootFolder = (root: string): WalkedFolder => {
  const location = realpathSync(root);
  return { path: "", location, above: [location], links: 0 };
};

/**
 * Lists a folder in any order, with every link resolved. Whoever looks through a dataset in a folder (a check, an import,
 * a server in place) lists it with this function, so that all see the same. Nothing is opened. @throws the error of the
 * file system where the folder cannot be listed
 */
export const listFolder = (top: string, folder: WalkedFolder, links: FollowedLinks): readonly FolderEntry[] => {
  const entries = readdirSync(folder.location, { withFileTypes: true });
  return entries.some(({ name }) => name.includes("\uFFFD"))
    ? exactEntries(top, folder, links)
    : entries.map((entry) => entryOf(top, folder, links, entry, entry.name));
};

/** Names that are not UTF-8 differ from those with a replacement character by their bytes only. */
const exactEntries = (top: string, folder: WalkedFolder, links: FollowedLinks): readonly FolderEntry[] =>
  readdirSync(folder.location, { withFileTypes: true, encoding: "buffer" }).map((entry) => {
    const name = entry.name.toString("utf8");
    if (Buffer.from(name).equals(entry.name)) return entryOf(top, folder, links, entry, name);
    return fault(entry.name.toString("latin1"), "unsafe-path", "the name is not UTF-8", entry.isDirectory());
  });

const entryOf = (
  top: string,
  folder: WalkedFolder,
  links: FollowedLinks,
  entry: Dirent<string> | Dirent<Buffer>,
  name: string,
): FolderEntry => {
  const path = folder.path === "" ? name : `${folder.path}/${name}`;
  const location = `${folder.location}/${name}`;
  const unfit = faultOfKey(path);
  if (unfit !== null) return fault(name, "unsafe-path", unfit, entry.isDirectory());
  if (entry.isFile()) return { kind: "file", name, location };
  if (entry.isDirectory())
    return { kind: "folder", name, folder: { ...folder, path, location, above: [...folder.above, location] } };
  return entry.isSymbolicLink() ? followed(top, folder, links, path, name) : special(name);
};

const followed = (top: string, folder: WalkedFolder, links: FollowedLinks, path: string, name: string): FolderEntry => {
  const location = realPathOf(`${folder.location}/${name}`);
  if (location === null) return fault(name, "broken-link", linkToNothing, false);
  if (links === "inside" && location !== top && !location.startsWith(top + sep))
    return fault(name, "link-out", linkOut, true);
  const target = statSync(location);
  if (target.isFile()) return { kind: "file", name, location };
  if (!target.isDirectory()) return special(name);
  if (folder.above.some((real) => real === location || real.startsWith(location === sep ? sep : location + sep)))
    return fault(name, "link-loop", "is a link that leads back to a folder above it", true);
  if (folder.links >= maxLinks)
    return fault(name, "link-loop", `is a link to a folder behind ${maxLinks} others; it is not followed`, true);
  return {
    kind: "folder",
    name,
    folder: { path, location, above: [...folder.above, location], links: folder.links + 1 },
  };
};

const fault = (name: string, rule: EntryFault, message: string, isFolder: boolean): FolderEntry => ({
  kind: "fault",
  name,
  rule,
  message,
  isFolder,
});

const linkOut = "is a link that leads out of the dataset (followed with --follow-links, where a copy is imported)";

const special = (name: string): FolderEntry => fault(name, "special-file", "is neither a file nor a folder", false);

/** Null where a link leads nowhere, or to itself. */
const realPathOf = (location: string): string | null => {
  try {
    return realpathSync(location);
  } catch {
    return null;
  }
};
