import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLineOf } from "./command-line.ts";

/** How to recognise a server that an earlier process of ours left behind in a folder. */
export type OrphanMark = {
  /** Its first line is the process id. */
  readonly pidFile: string;
  /** Part of the program's name, for example `nats-server`. */
  readonly program: string;
  /** The path that stands in its command line: its data folder or configuration. */
  readonly path: string;
};

/**
 * Ends the server that the mark names, if it still runs, and waits until it is gone. A process whose command line does
 * not carry both the program and the path is somebody else's with a recycled id, and is left alone.
 * @returns the id of the process that was ended, or null.
 */
export const endOrphan = async (mark: OrphanMark, signal: NodeJS.Signals): Promise<number | null> => {
  const pid = await readPid(mark.pidFile);
  if (pid === null || !(await isOrphan(pid, mark))) return null;
  for (const [attempt, timeoutMs] of [
    [signal, 10_000],
    ["SIGKILL", 5_000],
  ] as const) {
    sendSignal(pid, attempt);
    if (await isGone(pid, mark, timeoutMs)) return pid;
  }
  throw new Error(`Process ${pid} (${mark.program} on ${mark.path}) does not end.`);
};

/** The process id in the first line of a file, or null. */
export const readPid = async (file: string): Promise<number | null> => {
  const text = await readFile(file, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
};

/** True when the process runs, and is the server that the mark describes. */
export const isOrphan = async (pid: number, mark: OrphanMark): Promise<boolean> => {
  const line = await commandLineOf(pid);
  return line !== null && pid !== process.pid && line.includes(mark.program) && `${line} `.includes(` ${mark.path} `);
};

const isGone = async (pid: number, mark: OrphanMark, timeoutMs: number): Promise<boolean> => {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if (!(await isOrphan(pid, mark))) return true;
    await sleep(20);
  }
  return false;
};

const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone between the look and the signal.
  }
};
