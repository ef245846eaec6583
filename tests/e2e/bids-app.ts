import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Hashes of the files of a derivative dataset in a bucket's folder, by path; what Rollerblade writes itself, which names the version, apart. */
export const hashesOfFolder = async (folder: string): Promise<Record<string, string>> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const own = files.filter((path) => !/^(\.rollerblade\/|\.bidsignore$|dataset_description\.json$)/.test(path)).sort();
  const hashes = own.map(async (path) => {
    const content = await readFile(join(folder, path));
    return [path, createHash("sha256").update(content).digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
};
