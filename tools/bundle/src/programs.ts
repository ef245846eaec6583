import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** `new URL("./x.ts", import.meta.url)`: a program or a thread that is started by its address. */
export const programAddress = /new URL\("(\.\/[^"]+)\.ts", import\.meta\.url\)/g;

/**
 * Finds every program of libraries and services that is started by its address, as paths relative to the repository: each is an entry
 * point of a bundle, since no import leads to it.
 */
export const findPrograms = async (repository: string): Promise<string[]> => {
  const programs = new Set<string>();
  for (const folder of ["libs", "services"]) {
    for (const name of await readdir(join(repository, folder), { recursive: true })) {
      if (!/^[^/]+\/src\/.+\.ts$/.test(name) || /\.test\.ts$|\/testing\//.test(name)) continue;
      const source = await readFile(join(repository, folder, name), "utf8");
      for (const [, program = ""] of source.matchAll(programAddress))
        programs.add(`${join(folder, dirname(name), program)}.ts`);
    }
  }
  return [...programs].sort();
};
