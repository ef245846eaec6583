import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Plugin } from "esbuild";
import { type Barrels, importFromDeclarations } from "./barrels.ts";
import { programAddress } from "./programs.ts";

/** The variable that holds the folder of the bundle in each of its files. */
export const bundleRoot = "__bundleRoot";

/** Reads the sources of this repository as a bundle needs them. */
export const rewriteSources = (repository: string, barrels: Barrels): Plugin => ({
  name: "rewrite sources",
  setup({ onLoad }) {
    onLoad({ filter: /\/(bin|libs|services)\/.*\.ts$/ }, async ({ path }) => {
      if (path.includes("/node_modules/")) return undefined;
      const source = await readFile(path, "utf8");
      const here = relative(repository, path).split(sep).join("/");
      return { contents: resolveBesideSource(importFromDeclarations(source, barrels), here), loader: "ts" };
    });
  },
});

/**
 * Makes what a source finds beside itself (`new URL("../migrations/", import.meta.url)`) relative to the folder of the bundle, where
 * it lies at the same path: the code of that source may land in any chunk. Of programs the ending becomes `.js`.
 */
const resolveBesideSource = (source: string, here: string): string =>
  source
    .replace(programAddress, 'new URL("$1.js", import.meta.url)')
    .replaceAll("import.meta.url", `new URL(${JSON.stringify(here)}, ${bundleRoot}).href`);
