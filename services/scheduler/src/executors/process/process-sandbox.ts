import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Room } from "../../running/choose-fitting.ts";
import { createBoundedLog } from "../bounded-log.ts";
import type { Command, Exit, Sandbox } from "../sandbox.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { createCodeCheck } from "./code-check.ts";
import { createMemoryWatch, type MemoryWatch } from "./memory-watch.ts";
import { killGroup, processesBelow } from "./process-groups.ts";

/** Milliseconds between the request to end and the end. */
const grace = 2_000;

type Running = { readonly group: number; end(how: Exit["how"]): void };

/** Runs trusted local code as a process group of its own: clean environment, time-out, memory limit, own folders. */
export const createProcessSandbox = (scratch: string, capacity: Room): Sandbox => {
  const running = new Map<string, Running>();
  const memory = createMemoryWatch();
  const check = createCodeCheck();

  return {
    kind: "process",
    capacity,
    outlivesUs: false,
    argvOf: (manifest) => manifest.process,
    pathsOf: (folder) => ({ in: folder.in, out: folder.out }),
    faultOfCode: ({ code, folder }) => check(code, folder ?? ""),
    run: (command) => runGroup(command, memory, running),
    // A process that was orphaned has lost its parent, and with it its exit code.
    adopt: async () => null,
    async kill(attempt) {
      running.get(attempt)?.end("cancelled");
    },
    present: async () => [...new Set((await orphans(scratch)).map(({ attempt }) => attempt))],
    async sweep(attempt) {
      for (const { pid, attempt: of } of await orphans(scratch)) if (of === attempt) killBoth(pid);
    },
  };
};

const runGroup = async (command: Command, memory: MemoryWatch, running: Map<string, Running>): Promise<Exit> => {
  const log = createBoundedLog();
  const [program = "", ...argv] = command.argv;
  const child = spawn(program, argv, {
    cwd: command.code ?? command.folder.tmp,
    env: cleanEnvironment({ ...command.folder, traceparent: command.traceparent }),
    // Leader of a new group, so that all that it starts can be ended with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Uint8Array) => log.write(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => log.write(chunk));
  const closed = once(child, "close");
  closed.catch(() => {});
  if (child.pid === undefined) return notStarted(child);
  const group = child.pid;

  let how: Exit["how"] = "exited";
  const end = (cause: Exit["how"]): void => {
    if (how !== "exited") return;
    how = cause;
    endGroup(group, cause);
  };
  running.set(command.attempt, { group, end });
  const late = setTimeout(() => end("timed-out"), command.timeout * 1000);
  const unwatch = memory.watch(group, command.memory, () => end("out-of-memory"));
  try {
    const [exitCode, signal] = await exited(child);
    killGroup(group, "SIGKILL");
    // A grandchild that left the group may hold the pipe; its words do not matter any more.
    await Promise.race([closed, sleep(1_000, undefined, { ref: false })]);
    return { how, exitCode, signal, log: log.text() };
  } finally {
    clearTimeout(late);
    unwatch();
    running.delete(command.attempt);
  }
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

/** Processes of attempts below our scratch folder, whoever started them: they carry their folder in the environment. */
const orphans = async (scratch: string): Promise<{ pid: number; attempt: string }[]> => {
  const found = await processesBelow("ROLLERBLADE_OUT", scratch);
  return found.map(({ pid, rest }) => ({ pid, attempt: rest.split("/")[0] ?? "" }));
};

const killBoth = (pid: number): void => {
  killGroup(pid, "SIGKILL");
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
};
