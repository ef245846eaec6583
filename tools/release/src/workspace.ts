import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, manifestSchema } from "./manifest.ts";

/** The root of the repository. */
export const root = join(import.meta.dirname, "../../..");

/** Where the packages are built: one folder each. */
export const packagesFolder = join(root, "dist/packages");

/** Where `npm pack` puts their tarballs. */
export const tarballsFolder = join(root, "dist/tarballs");

/** Reads the package.json of a folder of this repository. */
export const readManifest = async (folder: string): Promise<Manifest> =>
  manifestSchema.parse(JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")));
