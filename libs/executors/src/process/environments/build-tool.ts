import { execFile } from "node:child_process";
import { access, constants, lstat, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";

const run = promisify(execFile);

/** Milliseconds that the packages of an environment may take to be fetched and unpacked; PyTorch takes some minutes. */
const timeoutMs = 14 * 60_000;

/** The last lines of a tool are its error; more would not fit a message. */
const maxErrorCharacters = 1_000;

/** One command of a tool that builds environments. */
export type ToolCall = {
  readonly program: string;
  readonly argv: readonly string[];
  /** Of copies of what it builds from. */
  readonly cwd: string;
  readonly lockfile: string;
  /** The same by hand, for who has to correct the lockfile. */
  readonly byHand: string;
  readonly environment?: Readonly<Record<string, string>>;
};

/** Runs a tool to its end. @throws Problem `invalid` with what it printed last */
export const callTool = async ({ program, argv, cwd, lockfile, byHand, environment }: ToolCall): Promise<void> => {
  const options = { cwd, timeout: timeoutMs, env: { ...process.env, ...environment }, maxBuffer: 64 * 2 ** 20 };
  await run(program, argv, options).catch((cause: unknown) => {
    const stderr = z.object({ stderr: z.string() }).safeParse(cause).data?.stderr.trim() ?? "";
    throw new Problem(
      {
        code: "invalid",
        message: `The environment of ${lockfile} cannot be built: ${shorten(stderr) || String(cause)}`,
        subject: lockfile,
        next: `Correct the lockfile and try again; the same happens with \`${byHand}\` in a shell.`,
      },
      { cause },
    );
  });
};

const shorten = (text: string): string =>
  text.length > maxErrorCharacters ? `…${text.slice(-maxErrorCharacters)}` : text;

/** Finds the first of some programs in the first folder that has one: on the `PATH`, and then in others. */
export const findTool = async (names: readonly string[], folders: readonly string[] = []): Promise<string | null> => {
  const all = [...(process.env.PATH ?? "").split(delimiter), ...folders];
  for (const name of names)
    for (const folder of all) if (await isProgram(join(folder, name))) return join(folder, name);
  return null;
};

/** Whether there is a file at a path that can be started. */
export const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Puts what was built at its place, unless somebody else was faster, whose environment is as good. */
export const putInPlace = async (built: string, place: string): Promise<void> => {
  await rename(built, place).catch(async (error: unknown) => {
    if ((await lstat(place).catch(() => null)) === null) throw error;
    await rm(built, { recursive: true, force: true });
  });
};
