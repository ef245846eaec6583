import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@rollerblade/errors";

/** How one server program is started, recognised as ready, and ended. */
export type ServerProgram = {
  /** What people call it, for messages. */
  readonly name: string;
  readonly file: string;
  readonly arguments: readonly string[];
  /** The account that it runs under, where that is not ours. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  /** Its output is appended to this file. */
  readonly logFile: string;
  /** Asks it to end quickly and cleanly. */
  readonly endSignal: NodeJS.Signals;
  /** True once it answers. */
  ready(pid: number): Promise<boolean>;
};

/** A server that answers. */
export type ServerProcess = {
  readonly pid: number;
  /** Settles when it is gone, however that came. */
  readonly exited: Promise<string>;
  /** Ends it and waits. */
  end(): Promise<void>;
};

const readyWithin = 30_000;
const endWithin = 10_000;
const largestLog = 10 * 2 ** 20;

/**
 * Starts a server and waits until it answers. It gets a session of its own, so that Ctrl-C in the terminal reaches this
 * process only, and its output goes to a file, so that it outlives a broken pipe.
 * @throws Problem `unavailable` with the end of its log when it does not come up.
 */
export const startServerProcess = async (program: ServerProgram): Promise<ServerProcess> => {
  const child = launch(program);
  const exited = exitOf(child);
  let over = false;
  exited.then(() => {
    over = true;
  });
  const { pid } = child;
  if (pid === undefined) throw didNotStart(program, await exited);
  const endWithUs = (): void => void child.kill(program.endSignal);
  process.once("exit", endWithUs);
  exited.then(() => process.off("exit", endWithUs));

  const deadline = Date.now() + readyWithin;
  while (!over && !(await program.ready(pid))) {
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw didNotStart(program, `it did not answer within ${readyWithin / 1000} seconds`);
    }
    await sleep(5);
  }
  if (over) throw didNotStart(program, await exited);
  return { pid, exited, end: () => endChild(child, exited, program.endSignal) };
};

const launch = (program: ServerProgram): ChildProcess => {
  rotate(program.logFile);
  const log = openSync(program.logFile, "a", 0o600);
  const options: SpawnOptions = {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    // Nothing of ours goes along: a server needs no token or password from the environment.
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
    ...program.account,
  };
  try {
    return spawn(program.file, [...program.arguments], options);
  } finally {
    closeSync(log);
  }
};

const exitOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `it ended with ${code}` : `it ended by ${signal}`));
  });

const endChild = async (child: ChildProcess, exited: Promise<string>, signal: NodeJS.Signals): Promise<void> => {
  child.kill(signal);
  const ended = new AbortController();
  const late = sleep(endWithin, "late", { signal: ended.signal }).catch(() => "");
  if ((await Promise.race([exited, late])) === "late") child.kill("SIGKILL");
  ended.abort();
  await exited;
};

const rotate = (file: string): void => {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > largestLog) renameSync(file, `${file}.1`);
};

const didNotStart = (program: ServerProgram, why: string): Problem =>
  new Problem({
    code: "unavailable",
    message: `${program.name} did not start: ${why}.`,
    subject: program.file,
    next: `The end of ${program.logFile} shows why.`,
    findings: lastLines(program.logFile).map((message) => ({ where: program.logFile, message })),
  });

const lastLines = (file: string): string[] => {
  try {
    return readFileSync(file, "utf8").trim().split("\n").slice(-5);
  } catch {
    return [];
  }
};
