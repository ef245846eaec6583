import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type BoundedLog, createBoundedLog } from "../bounded-log.ts";
import type { Exit } from "../local/sandbox.ts";
import { escapedProcesses, outputOf } from "./escaped-processes.ts";
import { createLiveOutput, type LiveOutput } from "./live-output.ts";
import { killGroup, killProcessAndGroup } from "./process-groups.ts";

/** A command as a process group of its own. */
export type GroupCommand = {
  readonly attempt: string;
  readonly argv: readonly string[];
  /** Folder of the attempt, by which processes that leave the group are known. */
  readonly folder: string;
  /** Where it starts. */
  readonly cwd: string;
  /** All of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Bytes that the whole group may use. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
};

/** Runs commands as process groups, with a limit on time. */
export type GroupRunner = {
  /** Runs a command to its end; `began` is called with its group when it has one. */
  run(command: GroupCommand, began: (group: number) => void): Promise<Exit>;
  /** Ends a command, for this reason; nothing happens when it has ended. */
  end(attempt: string, how: Exit["how"]): void;
  /** Sends what a command has written so far and what it writes from now on, until it ends or the follower is gone. */
  follow(attempt: string, follower: number, send: (bytes: Buffer) => void): void;
  unfollow(attempt: string, follower: number): void;
  /** Ends everything at once. */
  killAll(): void;
};

/** Milliseconds between the request to end and the end. */
const grace = 2_000;

type RunningGroup = {
  readonly group: number;
  readonly log: BoundedLog;
  readonly followers: Map<number, LiveOutput>;
  end(how: Exit["how"]): void;
};

/** Starts the groups in this very process. */
export const createGroupRunner = (): GroupRunner => {
  const running = new Map<string, RunningGroup>();

  const run = async (command: GroupCommand, began: (group: number) => void): Promise<Exit> => {
    const log = createBoundedLog();
    const followers = new Map<number, LiveOutput>();
    const child = start(command, (chunk) => {
      log.write(chunk);
      for (const follower of followers.values()) follower.write(chunk);
    });
    const closed = once(child, "close");
    closed.catch(() => {});
    if (child.pid === undefined) return notStarted(child);
    const group = child.pid;
    const marks = { group, folder: command.folder, output: outputOf(group) };
    let how: Exit["how"] = "exited";
    const end = (cause: Exit["how"]): void => {
      if (how !== "exited") return;
      how = cause;
      endGroup(group, cause);
    };
    running.set(command.attempt, { group, end, log, followers });
    const late = setTimeout(() => end("timed-out"), command.timeout * 1000);
    began(group);
    try {
      const [exitCode, signal] = await exited(child);
      // What it left in the background ends with it.
      killGroup(group, "SIGKILL");
      for (const pid of escapedProcesses(marks)) killProcessAndGroup(pid);
      // Something that could not be found may hold the pipe; its words do not matter any more.
      await Promise.race([closed, sleep(1_000, undefined, { ref: false })]);
      for (const follower of followers.values()) follower.flush();
      return { how, exitCode, signal, log: log.text() };
    } finally {
      clearTimeout(late);
      running.delete(command.attempt);
    }
  };
  return {
    run,
    end: (attempt, how) => running.get(attempt)?.end(how),
    follow(attempt, follower, send) {
      const one = running.get(attempt);
      if (one === undefined) return;
      send(one.log.bytes());
      one.followers.set(follower, createLiveOutput(send));
    },
    unfollow: (attempt, follower) => void running.get(attempt)?.followers.delete(follower),
    killAll: () => {
      for (const { group } of running.values()) killGroup(group, "SIGKILL");
    },
  };
};

const start = ({ argv: [program = "", ...argv], cwd, env }: GroupCommand, onOutput: (chunk: Uint8Array) => void) => {
  // Leader of a new group, so that all that it starts can be ended with it.
  const child = spawn(program, argv, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.on("data", onOutput);
  child.stderr.on("data", onOutput);
  return child;
};

const exited = (child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> =>
  new Promise((resolve) => child.once("exit", (code, signal) => resolve([code, signal])));

const notStarted = async (child: ChildProcess): Promise<Exit> => {
  const error = await new Promise<Error>((resolve) => child.once("error", resolve));
  return { how: "not-started", exitCode: null, signal: null, log: "", reason: error.message };
};

const endGroup = (group: number, cause: Exit["how"]): void => {
  killGroup(group, cause === "out-of-memory" ? "SIGKILL" : "SIGTERM");
  setTimeout(() => killGroup(group, "SIGKILL"), grace).unref();
};
