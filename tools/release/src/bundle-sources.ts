import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "./workspace.ts";

/** `new URL("./x.ts", import.meta.url)`: a program or a thread that is started by its address. */
const address = /new URL\("(\.\/[^"]+)\.ts", import\.meta\.url\)/g;

/** `new URL("../migrations/", import.meta.url)` of a service, and the same by a template in `bin/registry.ts`. */
const migrations = /new URL\("\.\.\/migrations\/", import\.meta\.url\)/g;
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template in the source that is read.
const migrationsByName = "new URL(`../services/${name}/migrations/`, import.meta.url)";

/** Names that esbuild gives to the entry points that `programs` found: `folder-worker`, `spawner`. */
export type Programs = Readonly<Record<string, string>>;

/** Finds every program of libraries and services that is started by its address: each becomes an entry point of the bundle. */
export const findPrograms = async (): Promise<Programs> => {
  const programs: Record<string, string> = {};
  for (const folder of ["libs", "services"]) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!/^[^/]+\/src\/.+\.ts$/.test(name) || /\.test\.ts$|\/testing\//.test(name)) continue;
      const path = join(root, folder, name);
      for (const [, program = ""] of (await readFile(path, "utf8")).matchAll(address)) {
        const source = join(dirname(path), `${program}.ts`);
        const entry = basename(program);
        if (programs[entry] !== undefined && programs[entry] !== source)
          throw new Error(`Two programs are called ${entry}: ${programs[entry]} and ${source}.`);
        programs[entry] = source;
      }
    }
  }
  return programs;
};

/**
 * Makes addresses that are relative to a source file relative to the bundle, where all JavaScript lies in one folder:
 * programs beside it, and the migrations of each service in `migrations/<service>/`.
 */
export const bundleAddresses: Plugin = {
  name: "bundle-addresses",
  setup(build) {
    build.onLoad({ filter: /\/(bin|libs|services)\/.+\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes("import.meta.url")) return { contents: text, loader: "ts" };
      const [, service = ""] = relative(root, path).split("/");
      const contents = text
        .replace(address, (_, program: string) => `new URL("./${basename(program)}.js", import.meta.url)`)
        .replace(migrations, `new URL("./migrations/${service}/", import.meta.url)`)
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template in the source that is written.
        .replace(migrationsByName, "new URL(`./migrations/${name}/`, import.meta.url)");
      return { contents, loader: "ts" };
    });
  },
};
