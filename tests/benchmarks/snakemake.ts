import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const version = "9.27.1";

/** Seconds that Snakemake needs for `tasks` trivial tasks on two cores, and for finding that nothing has to be done. */
export type SnakemakeSeconds = { readonly version: string; readonly real: number; readonly cached: number };

/**
 * Measures the peer in the same run: `touch`, once for real and once again.
 * @throws when Python or PyPI cannot be reached
 */
export const measureSnakemake = async (tasks: number): Promise<SnakemakeSeconds> => {
  const snakemake = await findSnakemake();
  const folder = await mkdtemp(join(tmpdir(), "snakemake-"));
  try {
    await writeFile(join(folder, "Snakefile"), snakefile(tasks));
    const once = () => seconds(() => run(snakemake, ["-c2", "-q"], { cwd: folder, maxBuffer: 1 << 28 }));
    return { version, real: await once(), cached: await once() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** An own virtual environment, made once and kept in the cache of the user. */
const findSnakemake = async (): Promise<string> => {
  const environment = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    "rollerblade",
    `snakemake-${version}`,
  );
  const binary = join(environment, "bin", "snakemake");
  if (existsSync(binary)) return binary;
  await mkdir(environment, { recursive: true });
  await run("python3", ["-m", "venv", environment]);
  await run(join(environment, "bin", "pip"), ["install", "--quiet", `snakemake==${version}`], { maxBuffer: 1 << 26 });
  return binary;
};

const snakefile = (tasks: number): string => `
rule all:
    input: expand("out/{i}.txt", i=range(${tasks}))
rule one:
    output: "out/{i}.txt"
    shell: "touch {output}"
`;

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
};
