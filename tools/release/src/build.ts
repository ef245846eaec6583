import { execFile } from "node:child_process";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildCommandLine } from "./build-command-line.ts";
import { buildLibraries } from "./build-libraries.ts";
import { packagesFolder, tarballsFolder } from "./workspace.ts";

const execute = promisify(execFile);

/** Builds every published package into `dist/packages`. */
export const buildPackages = async (): Promise<void> => {
  await rm(packagesFolder, { recursive: true, force: true });
  await Promise.all([buildLibraries(), buildCommandLine()]);
};

/** Packs what was built; the paths of the tarballs. */
export const packPackages = async (): Promise<string[]> => {
  await rm(tarballsFolder, { recursive: true, force: true });
  await mkdir(tarballsFolder, { recursive: true });
  const pack = (folder: string) =>
    execute("npm", ["pack", "--pack-destination", tarballsFolder], { cwd: join(packagesFolder, folder) });
  await Promise.all((await readdir(packagesFolder)).map(pack));
  return (await readdir(tarballsFolder)).sort().map((name) => join(tarballsFolder, name));
};

if (import.meta.main) {
  await buildPackages();
  for (const path of await packPackages())
    console.log(`${((await stat(path)).size / 1e6).toFixed(2).padStart(8)} MB  ${path}`);
}
