import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** SHA-256 of every file below a folder by its path; what downloads and conversions remember about themselves is left out. */
export const treeHashes = (folder: string): Map<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file): [string, string] => [relative(folder, file), hashOf(file)])
      .filter(([path]) => !/^\.rollerblade-(?:download|convert)\//.test(path))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** A link to nothing has no content. */
const hashOf = (file: string): string => {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return "none";
  }
};
