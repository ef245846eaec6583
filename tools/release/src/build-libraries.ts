import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { exportedSources, type Manifest, publishedManifest } from "./manifest.ts";
import { type PublishedLibrary, publishedLibraries } from "./published-packages.ts";
import { packagesFolder, readManifest, root } from "./workspace.ts";

const execute = promisify(execFile);

/** Where tsc writes all libraries at once, as `<library>/src/…`. */
const compiled = join(root, "dist/compiled");

/** Compiles the published libraries to JavaScript with declarations, and lays out a folder to pack for each. */
export const buildLibraries = async (): Promise<void> => {
  const manifests = new Map<PublishedLibrary, Manifest>();
  for (const library of publishedLibraries) manifests.set(library, await readManifest(`libs/${library.folder}`));
  await compile(manifests);
  const versions = new Map([...manifests.values()].map(({ name, version }) => [name, version]));
  for (const [library, manifest] of manifests) await layOut(library, manifest, versions);
};

/** One run of tsc over all of them: each then finds the sources of the others, and a type is checked once. */
const compile = async (manifests: ReadonlyMap<PublishedLibrary, Manifest>): Promise<void> => {
  await rm(compiled, { recursive: true, force: true });
  await mkdir(compiled, { recursive: true });
  const files = [...manifests].flatMap(([{ folder }, manifest]) =>
    [...exportedSources(manifest), ...(workers[folder] ?? [])].map((source) =>
      join(root, "libs", folder, "src", source),
    ),
  );
  const project = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      allowImportingTsExtensions: false,
      declaration: true,
      noEmit: false,
      noEmitOnError: true,
      outDir: compiled,
      rewriteRelativeImportExtensions: true,
      rootDir: join(root, "libs"),
    },
    files,
  };
  const path = join(compiled, "tsconfig.json");
  await writeFile(path, JSON.stringify(project));
  await execute(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--project", path]);
};

/** Sources that are started by their address and imported by nobody, by folder of their library. */
const workers: Readonly<Record<string, readonly string[]>> = { "object-store": ["location/folder-worker.ts"] };

const layOut = async (
  { folder, node, bundled = [] }: PublishedLibrary,
  manifest: Manifest,
  versions: ReadonlyMap<string, string>,
): Promise<void> => {
  const target = join(packagesFolder, folder);
  await rm(target, { recursive: true, force: true });
  await cp(join(compiled, folder, "src"), join(target, "dist"), { recursive: true });
  for (const name of await readdir(join(target, "dist"), { recursive: true }))
    if (/\.(js|d\.ts)$/.test(name)) await rewriteExtensions(join(target, "dist", name));
  await cp(join(root, "LICENSE"), join(target, "LICENSE"));
  await cp(join(root, "libs", folder, "README.md"), join(target, "README.md"));
  // What is bundled is already patched here. npm puts into the tarball what it finds in node_modules.
  for (const name of bundled)
    await cp(join(root, "node_modules", name), join(target, "node_modules", name), { recursive: true });
  const published = publishedManifest(manifest, { node, bundled, versions });
  await writeFile(join(target, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
};

/**
 * Finishes what tsc leaves: it rewrites `./x.ts` in imports of JavaScript, but neither in declarations, which older compilers than
 * ours could not resolve, nor in `new URL("./x.ts", import.meta.url)`, the address of a worker.
 */
const rewriteExtensions = async (path: string): Promise<void> => {
  const text = await readFile(path, "utf8");
  const rewritten = text
    .replace(/(from |import\()"(\.{1,2}\/[^"]+)\.ts"/g, '$1"$2.js"')
    .replace(/new URL\("(\.\/[^"]+)\.ts", import\.meta\.url\)/g, 'new URL("$1.js", import.meta.url)');
  if (rewritten !== text) await writeFile(path, rewritten);
};
