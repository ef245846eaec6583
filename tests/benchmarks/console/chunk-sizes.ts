import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../e2e/world.ts";

/** How many of the largest chunks are named. */
const maxNamed = 12;

/** Kilobytes of the scripts of the console as they are sent with gzip, the largest first; `all` of them together. */
export const chunkSizes = (): Record<string, { readonly "kB gzip": number }> => {
  const folder = join(root, "console", "dist", "assets");
  const chunks = readdirSync(folder)
    .filter((name) => name.endsWith(".js.gz"))
    .map((name) => ({ name: name.replace(/-[\w-]{8}\.js\.gz$/, ""), bytes: statSync(join(folder, name)).size }))
    .toSorted((a, b) => b.bytes - a.bytes);
  const kilobytes = (bytes: number) => ({ "kB gzip": Number((bytes / 1000).toFixed(1)) });
  return {
    ...Object.fromEntries(chunks.slice(0, maxNamed).map(({ name, bytes }) => [name, kilobytes(bytes)])),
    [`all ${chunks.length}`]: kilobytes(chunks.reduce((sum, { bytes }) => sum + bytes, 0)),
  };
};
