import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

const ownFolder = join(import.meta.dirname, "golden");

/** Whether the pictures are written anew: `npm run console:pictures`. */
export const isUpdating = process.env.UPDATE_GOLDEN === "1";

/** The share of pixels that may differ: another processor or release of Chromium smooths a few edges in another way. */
const maxShare = 0.002;

/**
 * Compares a picture with the one that the repository has. `UPDATE_GOLDEN=1` writes it anew; what was seen instead lies in `golden` as
 * `NAME.seen.png`, which Git ignores.
 * @param folder where the repository has it
 * @returns whether they look the same
 */
export const isGolden = (name: string, seen: Buffer, folder = ownFolder): boolean => {
  const path = join(folder, `${name}.png`);
  if (isUpdating) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, seen);
  }
  const isSame = existsSync(path) && looksTheSame(readFileSync(path), seen);
  if (!isSame) writeFileSync(join(ownFolder, `${name}.seen.png`), seen);
  return isSame;
};

const looksTheSame = (golden: Buffer, seen: Buffer): boolean => {
  if (golden.equals(seen)) return true;
  const [one, other] = [PNG.sync.read(golden), PNG.sync.read(seen)];
  const { width, height } = one;
  if (other.width !== width || other.height !== height) return false;
  return pixelmatch(one.data, other.data, undefined, width, height) <= maxShare * width * height;
};
