import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "golden");

/**
 * Compares a picture with the one that the repository has, byte by byte. `UPDATE_GOLDEN=1` writes it anew; what was seen instead lies beside it as
 * `NAME.seen.png`, which Git ignores.
 * @returns whether they are the same
 */
export const isGolden = (name: string, seen: Buffer): boolean => {
  const path = join(folder, `${name}.png`);
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, seen);
  }
  const isSame = existsSync(path) && readFileSync(path).equals(seen);
  if (!isSame) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.seen.png`), seen);
  }
  return isSame;
};
