import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ownFolder = join(import.meta.dirname, "golden");

/** Whether the pictures are written anew: `npm run console:pictures`. */
export const isUpdating = process.env.UPDATE_GOLDEN === "1";

/**
 * Compares a picture with the one that the repository has, byte by byte. `UPDATE_GOLDEN=1` writes it anew; what was seen instead lies in `golden` as
 * `NAME.seen.png`, which Git ignores.
 * @param folder where the repository has it
 * @returns whether they are the same
 */
export const isGolden = (name: string, seen: Buffer, folder = ownFolder): boolean => {
  const path = join(folder, `${name}.png`);
  if (isUpdating) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, seen);
  }
  const isSame = existsSync(path) && readFileSync(path).equals(seen);
  if (!isSame) writeFileSync(join(ownFolder, `${name}.seen.png`), seen);
  return isSame;
};
