import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "../e2e/python.ts";

const run = promisify(execFile);
const version = "9.27.1";

/** Seconds that Snakemake needs for `tasks` trivial tasks on two cores, and for finding that nothing has to be done. */
export type SnakemakeSeconds = { readonly version: string; readonly real: number; readonly cached: number };

/**
 * Measures the peer in the same run: `touch`, once for real and once again.
 * @throws when Python or PyPI cannot be reached
 */
export const measureSnakemake = async (tasks: number): Promise<SnakemakeSeconds> => {
  const python = await pythonWith("snakemake", version);
  if (python === null) throw new Error("Snakemake needs python3 with its venv module (python3-venv).");
  const snakemake = join(dirname(python), "snakemake");
  const folder = await mkdtemp(join(tmpdir(), "snakemake-"));
  try {
    await writeFile(join(folder, "Snakefile"), snakefile(tasks));
    const once = () => seconds(() => run(snakemake, ["-c2", "-q"], { cwd: folder, maxBuffer: 1 << 28 }));
    return { version, real: await once(), cached: await once() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
