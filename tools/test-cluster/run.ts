import { spawn } from "node:child_process";
import { once } from "node:events";

/** How to run a program. */
export type RunOptions = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads. */
  readonly input?: string | Uint8Array;
  /** It may end with another code than 0. */
  readonly mayFail?: boolean;
};

/**
 * Runs a program to its end and returns what it wrote.
 * @throws with its last words when it fails
 */
export const run = async (file: string, args: readonly string[], options: RunOptions = {}): Promise<string> => {
  const { cwd, env = {}, input, mayFail = false } = options;
  const child = spawn(file, args, { ...(cwd === undefined ? {} : { cwd }), env: { ...process.env, ...env } });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
  const [code] = await once(child, "close");
  if (code !== 0 && !mayFail)
    throw new Error(`${file} ${args.join(" ").slice(0, 300)} ended with ${code}\n${lastWords(output, complaints)}`);
  return Buffer.concat(output).toString();
};

const lastWords = (...streams: readonly Buffer[][]): string =>
  streams
    .map((chunks) => Buffer.concat(chunks).toString().slice(-4000))
    .filter((text) => text !== "")
    .join("\n");

/** Whether a program ends well. */
export const succeeds = (file: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> =>
  run(file, args, options).then(
    () => true,
    () => false,
  );
