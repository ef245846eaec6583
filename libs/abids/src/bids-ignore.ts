import { compileGlob, type Glob } from "./glob.ts";

/**
 * Returns whether `.bidsignore` excludes a path, relative to the dataset. A path that ends in a slash is a folder, as
 * one that counts as one file (`….ds/`); any other path is a file.
 */
export type Ignore = (path: string) => boolean;

/**
 * Reads `.bidsignore` as git reads `.gitignore` (gitignore(5); BIDS validator, "bidsignore"): a pattern without a slash
 * holds at every level, one with a slash from the root of the dataset; the last pattern that matches decides; and what
 * lies in an excluded folder stays excluded, whatever follows. Never throws, and takes (patterns × characters) steps for
 * a path, since patterns are anybody's.
 */
export const readBidsIgnore = (text: string): Ignore => {
  const patterns = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap((line) => readPattern(line));
  if (patterns.length === 0) return () => false;
  // Of a folder that many files lie in, the answer is the same for all of them.
  const folders = new Map<string, boolean>();
  const isFolderIgnored = (folder: string): boolean => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const slash = folder.lastIndexOf("/");
    const ignored = (slash > 0 && isFolderIgnored(folder.slice(0, slash))) || decide(patterns, folder, true);
    if (folders.size >= maxFolders) folders.clear();
    folders.set(folder, ignored);
    return ignored;
  };
  return (path) => {
    const bytes = bytesOf(path);
    if (bytes.endsWith("/")) return isFolderIgnored(bytes.slice(0, -1));
    const slash = bytes.lastIndexOf("/");
    return (slash > 0 && isFolderIgnored(bytes.slice(0, slash))) || decide(patterns, bytes, false);
  };
};

/** Reads one glob of gitignore(5) that is held against whole paths: a star stays within a name, two stars and a slash stand for any folders. */
export const readGlob = (pattern: string): ((path: string) => boolean) => {
  const glob = compileGlob(bytesOf(pattern));
  return (path) => glob(bytesOf(path));
};

/** Limit of remembered folders. */
const maxFolders = 10_000;

type Pattern = {
  readonly isNegated: boolean;
  /** Written with a slash behind: it matches no file. */
  readonly isFolderOnly: boolean;
  /** Without a slash inside, a pattern is held against names rather than paths. */
  readonly isName: boolean;
  readonly glob: Glob;
};

const readPattern = (line: string): readonly Pattern[] => {
  const written = trimEnd(line.endsWith("\r") ? line.slice(0, -1) : line);
  if (written === "" || written.startsWith("#")) return [];
  const isNegated = written.startsWith("!");
  const body = bytesOf(isNegated ? written.slice(1) : written);
  const isFolderOnly = body.endsWith("/");
  const pattern = isFolderOnly ? body.slice(0, -1) : body;
  const isName = !pattern.includes("/");
  return [{ isNegated, isFolderOnly, isName, glob: compileGlob(pattern.replace(/^\//, "")) }];
};

/** Without the blanks at the end, but for one that a backslash precedes. */
const trimEnd = (line: string): string => {
  let end = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === " ") continue;
    if (line[at] === "\\") at++;
    end = at + 1;
  }
  return line.slice(0, end);
};

/** The last pattern that matches decides; folders above the path are not looked at. */
const decide = (patterns: readonly Pattern[], path: string, isFolder: boolean): boolean => {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const last = patterns.findLast(
    ({ isFolderOnly, isName, glob }) => (isFolder || !isFolderOnly) && glob(isName ? name : path),
  );
  return last !== undefined && !last.isNegated;
};

/** Patterns match bytes of UTF-8: `?` is one of the two of `é`. The bytes stand as the letters with their numbers; browsers read patterns, too. */
const bytesOf = (text: string): string =>
  asciiOnly.test(text) ? text : Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join("");

const encoder = new TextEncoder();

/** Nearly every path: its bytes are its letters. */
const asciiOnly = /^[\x20-\x7e\t\r]*$/;
