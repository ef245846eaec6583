import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The folder of the embedded server: `ROLLERBLADE_FOLDER`, else the nearest `.rollerblade` from here upwards, else one
 * to be made here.
 */
export const serverFolder = (from = process.cwd()): string => {
  const given = process.env.ROLLERBLADE_FOLDER;
  if (given !== undefined && given !== "") return resolve(given);
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".rollerblade"))) return join(folder, ".rollerblade");
    if (dirname(folder) === folder) return join(resolve(from), ".rollerblade");
  }
};
