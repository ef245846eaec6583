import type { Dirent } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ListedObject } from "../object-store.ts";
import { temporaryName } from "./folder-paths.ts";

/** Every file below the root whose key begins with the prefix, in S3's order: in byte order of whole key. Links are not followed. */
export const walkFolder = async function* (root: string, prefix: string): AsyncGenerator<ListedObject> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const start = join(root, folder);
  // A store that cannot be read is not an empty one.
  const real = await realpath(start).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });
  if (real === resolve(start)) yield* walk(root, folder, prefix);
};

const walk = async function* (root: string, folder: string, prefix: string): AsyncGenerator<ListedObject> {
  for (const name of await namesIn(join(root, folder))) {
    const key = folder + name;
    const wanted = key.startsWith(prefix) || prefix.startsWith(key);
    if (!wanted || key === `${temporaryName}/`) continue;
    if (key.endsWith("/")) yield* walk(root, key, prefix);
    else {
      const stats = await lstat(join(root, key)).catch(() => null);
      if (stats?.isFile()) yield { key, size: stats.size };
    }
  }
};

/** A folder counts with its slash: `a.txt` comes before what is in `a/`. */
const namesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException): Dirent[] => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory() || entry.isFile());
  return names.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort(bytewise);
};

/** UTF-16 and UTF-8 order differ beyond the Basic Multilingual Plane. */
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
