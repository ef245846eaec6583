import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const analyses = join(import.meta.dirname, "..", "..", "examples", "analyses");

/** One file that an analysis is given. */
export type Given = { readonly file: string; readonly content: Uint8Array | string; readonly reads?: object };

/** What an analysis is given: a file for each input, or a list for one with `many`. */
export type Slice = {
  readonly parameters?: object;
  readonly inputs: Readonly<Record<string, Given | readonly Given[]>>;
};

/** What it left behind. */
export type Ended = {
  readonly code: number | null;
  readonly stderr: string;
  readonly outputs: ReadonlyMap<string, Buffer>;
  readonly seconds: number;
};

/** Runs an example analysis as the process executor does: its command, the folders of the interface, and nothing else. */
export const runAnalysis = async (name: string, { parameters = {}, inputs }: Slice): Promise<Ended> => {
  const folder = await mkdtemp(join(tmpdir(), `rollerblade-${name}-`));
  const [input, output] = [join(folder, "in"), join(folder, "out")];
  try {
    await mkdir(output);
    for (const { file, content } of Object.values(inputs).flat()) await put(join(input, file), content);
    await put(join(input, "slice.json"), JSON.stringify({ parameters, reads: {}, inputs: indexOf(inputs) }));
    const started = performance.now();
    const { code, stderr } = await run(join(analyses, name), { ROLLERBLADE_IN: input, ROLLERBLADE_OUT: output });
    return { code, stderr, outputs: await filesOf(output), seconds: (performance.now() - started) / 1000 };
  } finally {
    await rm(folder, { recursive: true });
  }
};

const put = async (path: string, content: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
};

const indexOf = (inputs: Slice["inputs"]): object => {
  const entry = ({ file, reads = {} }: Given) => ({ file, companions: [], reads });
  return Object.fromEntries(
    Object.entries(inputs).map(([name, given]) => [name, isList(given) ? given.map(entry) : entry(given)]),
  );
};

const isList = (given: Given | readonly Given[]): given is readonly Given[] => Array.isArray(given);

const run = (cwd: string, env: Record<string, string>): Promise<{ code: number | null; stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["main.js"], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stderr }));
  });

const filesOf = async (folder: string): Promise<Map<string, Buffer>> => {
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
};
