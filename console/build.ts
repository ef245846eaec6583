/**
 * Builds the console into `console/dist`, with each text in the encodings that the gateway sends (`.br`, `.gz`). It runs after
 * `npm install`, and by `npm run console:build`. Where the packages of the console are not installed, as beside a service in a container,
 * there is nothing to build it with, and the image brings it.
 */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const folder = join(import.meta.dirname, "dist");

/** What is sent compressed: pictures and fonts are already. */
const compressible = /\.(js|css|html|svg|json|wasm)$/;

const compress = async (path: string): Promise<void> => {
  const bytes = await readFile(path);
  // Quality 9 takes a tenth of the time of 11, for files that are larger by 3 %.
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  const [br, gz] = await Promise.all([promisify(brotliCompress)(bytes, quality), promisify(gzip)(bytes, { level: 9 })]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
};

const vite = await import("vite").catch(() => null);
const hasSources = (await stat(join(import.meta.dirname, "index.html")).catch(() => null)) !== null;
if (vite === null || !hasSources) console.log("The console is not built here: its packages or sources are missing.");
else {
  const began = performance.now();
  // Whoever starts it, tests among them, gets React without its checks for developers.
  process.env.NODE_ENV = "production";
  await vite.build({ configFile: join(import.meta.dirname, "vite.config.ts"), logLevel: "warn" });
  const files = (await readdir(folder, { recursive: true })).filter((name) => compressible.test(name));
  await Promise.all(files.map((name) => compress(join(folder, name))));
  console.log(`The console is built: ${files.length} files in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
}
