import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Whether a file is there that this process may run. */
export const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** All programs of a name on PATH, in the order of its folders. */
export async function* executablesOnPath(name: string): AsyncGenerator<string> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, name);
    if (folder !== "" && (await isExecutable(candidate))) yield candidate;
  }
}
