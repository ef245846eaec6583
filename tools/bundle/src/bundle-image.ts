/**
 * Writes the bundle that the image runs: `npm run bundle` puts it into `dist/image/`, and `node dist/image/bin/rollerblade.js serve
 * catalog` starts a service from there. In development nothing is bundled.
 */
import { join, relative, resolve } from "node:path";
import { bundle } from "./bundle.ts";

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, "../../../dist/image"));
const { metafile, files, bytes } = await bundle({ folder, minify: true });
const modules = Object.keys(metafile.inputs).length;
console.log(
  `${modules} modules became ${files} files of ${(bytes / 2 ** 20).toFixed(1)} MiB in ${relative(process.cwd(), folder)}.`,
);
