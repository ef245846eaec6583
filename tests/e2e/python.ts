import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The interpreter of a virtual environment that holds one package of PyPI, and others beside it as pip names them, made once and kept in
 * the user's cache; null where there is no Python that can make one.
 * @throws Error when a package cannot be installed; with `CI=true`, where nothing may be skipped, also without such a Python
 */
export const pythonWith = async (
  name: string,
  version: string,
  others: readonly string[] = [],
): Promise<string | null> => {
  const environment = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    "rollerblade",
    [`${name}-${version}`, ...others].join("+"),
  );
  const python = join(environment, "bin", "python");
  if (existsSync(join(environment, "complete"))) return python;
  try {
    await run("python3", ["-m", "venv", "--clear", environment]);
  } catch (error) {
    if (process.env.CI === "true")
      throw new Error("No Python that can make a virtual environment: apt-get install python3-venv.", { cause: error });
    console.warn(`What needs ${name} is skipped: apt-get install python3-venv.`);
    return null;
  }
  await run(python, ["-m", "pip", "install", "--quiet", `${name}==${version}`, ...others], { maxBuffer: 1 << 26 });
  await run("touch", [join(environment, "complete")]);
  return python;
};
