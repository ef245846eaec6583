import { globSync } from "node:fs";
import { chmod, cp, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type Bundle, bundle, installedBeside } from "@rollerblade/bundle";
import { nodePackages } from "./published-packages.ts";
import { packagesFolder, readManifest, root } from "./workspace.ts";

/** The folder of the package `rollerblade`. */
const commandLineFolder = join(packagesFolder, "rollerblade");

/**
 * Bundles the command line with all services into the package `rollerblade`, which has the layout of this repository: its
 * `bin/launch.js` starts `bin/rollerblade.js`. Patched dependencies are part of the bundle. It is not minified, since the trace of an
 * error is read by people.
 */
export const buildCommandLine = async (): Promise<void> => {
  const { metafile } = await bundle({ folder: commandLineFolder, minify: false });
  await copyExamples(join(commandLineFolder, "examples"));
  await cp(join(root, "bin/launch.js"), join(commandLineFolder, "bin/launch.js"));
  await chmod(join(commandLineFolder, "bin/launch.js"), 0o755);
  await cp(join(root, "LICENSE"), join(commandLineFolder, "LICENSE"));
  await cp(join(root, "bin/README.md"), join(commandLineFolder, "README.md"));
  await writeFile(join(commandLineFolder, "THIRD-PARTY-LICENSES.txt"), await licencesOf(metafile));
  await writeFile(join(commandLineFolder, "package.json"), `${JSON.stringify(await manifestOf(), null, 2)}\n`);
};

/** What `rollerblade demo` runs; the example of a subscriber belongs to the repository. */
const copyExamples = async (target: string): Promise<void> => {
  for (const name of ["analyses", "datasets", "pipeline.yaml"])
    await cp(join(root, "examples", name), join(target, name), {
      recursive: true,
      filter: (path) => !/node_modules|\.test\.[jt]s$/.test(relative(root, path)),
    });
  // Of the manifest of a workspace package Node reads, in a folder of another package, the type alone.
  for (const file of globSync("analyses/*/package.json", { cwd: target }))
    await writeFile(join(target, file), '{ "type": "module" }\n');
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
    bin: { rollerblade: "./bin/launch.js" },
    exports: { "./package.json": "./package.json" },
    engines: { node: ">=20.19" },
    files: ["bin", "chunks", "console", "libs", "services", "examples", "THIRD-PARTY-LICENSES.txt"],
    dependencies,
    optionalDependencies: nodePackages,
    publishConfig: { access: "public" },
  };
};

const installedDependencies = async (): Promise<Record<string, string>> => {
  const dependencies: Record<string, string> = {};
  for (const [name, folder] of Object.entries(installedBeside)) {
    const range = (await readManifest(folder)).dependencies[name];
    if (range === undefined) throw new Error(`${folder} does not depend on ${name}.`);
    dependencies[name] = range;
  }
  return dependencies;
};

/** What the example analyses import when they run as processes of this machine; one that imports nothing has no package.json. */
const dependenciesOfExamples = async (): Promise<Record<string, string>> => {
  const files = globSync("examples/analyses/*/package.json", { cwd: root });
  const manifests = await Promise.all(files.map((file) => readManifest(dirname(file))));
  return Object.assign({}, ...manifests.map(({ dependencies }) => dependencies));
};

/** The licences of all packages that are part of the bundle, which most of them ask to be passed on. */
const licencesOf = async ({ inputs }: Bundle["metafile"]): Promise<string> => {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const parts = await Promise.all([...folders].sort().map(licenceOf));
  return `The files in bin, chunks, libs and services contain these packages.\n\n${parts.join("\n")}`;
};

const licenceOf = async (folder: string): Promise<string> => {
  const { name, version, license } = await readManifest(folder);
  const file = (await readdir(join(root, folder))).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? "" : `\n${await readFile(join(root, folder, file), "utf8")}`;
  return `${"-".repeat(80)}\n${name} ${version} (${license})\n${text}`;
};
