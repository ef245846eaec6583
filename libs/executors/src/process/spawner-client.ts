import { type ChildProcess, fork } from "node:child_process";
import { PassThrough, type Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Exit } from "../local/sandbox.ts";
import { killGroup } from "./process-groups.ts";
import type { GroupCommand } from "./run-group.ts";
import type { FromSpawner, ToSpawner } from "./spawner-messages.ts";

/** Commands that run in spawners. */
export type SpawnerClient = {
  run(command: GroupCommand): Promise<Exit>;
  kill(attempt: string): void;
  /** Streams what a command writes, from its beginning; null when it does not run. */
  follow(attempt: string): Readable | null;
  /** Ends the spawners. */
  close(): void;
};

/** Milliseconds that a spawner without work is kept for the next command. */
const idleMs = 30_000;

/** Milliseconds after which the memory of a command is watched: most commands that are this short never need it. */
const unwatchedMs = 200;

/** Bytes that wait for a follower who does not read. */
const maxUnreadBytes = 2 ** 20;

/** Milliseconds that a spawner may be late with an end that is due, before it is ended itself: its command may have stopped it. */
const overdueMs = 10_000;

/** Spawners that die within so many milliseconds were ended together, so none of their commands can be blamed for it. */
const togetherMs = 300;

/** A process that runs one command at a time. */
type Spawner = {
  readonly child: ChildProcess;
  running: Running | null;
  idle: NodeJS.Timeout | undefined;
};

/** A command in a spawner. */
type Running = {
  readonly command: GroupCommand;
  readonly resolve: (exit: Exit) => void;
  readonly spawner: Spawner;
  group: number | null;
  /** How it was made to end. */
  how: Exit["how"] | null;
  readonly timers: NodeJS.Timeout[];
  /** Streams of those who follow its output, by number. */
  readonly followers: Map<number, PassThrough>;
};

/**
 * Runs each command in a spawner of its own, which is used again for later commands. A command that ends its parent ends its own attempt
 * and no other one. One more spawner, which no command has for a parent, watches the memory of all.
 */
export const createSpawnerClient = (): SpawnerClient => {
  const idle: Spawner[] = [];
  const running = new Map<string, Running>();
  const deaths: number[] = [];
  let watcher: ChildProcess | undefined;
  let lastFollower = 0;

  const watcherProcess = (): ChildProcess => {
    if (watcher !== undefined) return watcher;
    const child = forkSpawner();
    child.on("message", (message: FromSpawner) => {
      if (message.type === "exceeded") end(message.attempt, "out-of-memory");
    });
    child.once("exit", () => {
      if (watcher !== child) return;
      watcher = undefined;
      for (const one of running.values()) watchMemory(one);
    });
    watcher = child;
    return child;
  };
  const watchMemory = ({ command: { attempt, memory }, group }: Running): void => {
    if (group !== null) send(watcherProcess(), { type: "watch", attempt, group, bytes: memory });
  };
  const createSpawner = (): Spawner => {
    const spawner: Spawner = { child: forkSpawner(), running: null, idle: undefined };
    spawner.child.on("message", (message: FromSpawner) => {
      const one = spawner.running;
      if (one === null || one.command.attempt !== message.attempt) return;
      if (message.type === "began") began(one, message.group);
      if (message.type === "output") forward(one, message.follower, Buffer.from(message.bytes, "base64"));
      if (message.type === "ended") ended(one, message.exit);
    });
    spawner.child.once("exit", () => {
      const place = idle.indexOf(spawner);
      if (place >= 0) idle.splice(place, 1);
      clearTimeout(spawner.idle);
      if (spawner.running !== null) void died(spawner.running);
    });
    return spawner;
  };
  const began = (one: Running, group: number): void => {
    one.group = group;
    one.timers.push(setTimeout(() => watchMemory(one), unwatchedMs).unref());
  };
  /** A follower who does not read misses a piece: the memory is everybody's. */
  const forward = ({ followers }: Running, follower: number, bytes: Buffer): void => {
    const stream = followers.get(follower);
    if (stream !== undefined && stream.writableLength <= maxUnreadBytes) stream.write(bytes);
  };
  const settle = ({ command: { attempt }, resolve, timers, followers }: Running, exit: Exit): void => {
    for (const timer of timers) clearTimeout(timer);
    for (const stream of followers.values()) stream.end();
    running.delete(attempt);
    if (watcher !== undefined) send(watcher, { type: "unwatch", attempt });
    resolve(exit);
  };
  const ended = (one: Running, exit: Exit): void => {
    const { spawner } = one;
    spawner.running = null;
    if (spawner.child.connected) {
      idle.push(spawner);
      spawner.idle = setTimeout(() => spawner.child.disconnect(), idleMs).unref();
    }
    settle(one, exit);
  };
  /** A spawner died while its command ran. Whatever runs of the command ends with it. */
  const died = async (one: Running): Promise<void> => {
    if (one.group !== null) killGroup(one.group, "SIGKILL");
    const { how } = one;
    if (how !== null) return settle(one, { ...lost, how });
    const at = performance.now();
    deaths.push(at);
    await new Promise((resolve) => setTimeout(resolve, togetherMs).unref());
    const together = deaths.filter((other) => Math.abs(other - at) <= togetherMs).length;
    while (deaths[0] !== undefined && deaths[0] < performance.now() - 4 * togetherMs) deaths.shift();
    settle(one, together > 1 ? lost : { ...lost, how: "ended-watcher" });
  };
  const end = (attempt: string, how: Exit["how"]): void => {
    const one = running.get(attempt);
    if (one === undefined || one.how !== null) return;
    one.how = how;
    send(one.spawner.child, { type: "end", attempt, how });
    one.timers.push(setTimeout(() => one.spawner.child.kill("SIGKILL"), overdueMs).unref());
  };
  return {
    run: (command) =>
      new Promise((resolve) => {
        const spawner = idle.pop() ?? createSpawner();
        clearTimeout(spawner.idle);
        const one: Running = { command, resolve, spawner, group: null, how: null, timers: [], followers: new Map() };
        spawner.running = one;
        running.set(command.attempt, one);
        send(spawner.child, { type: "run", command });
        // The spawner has a timer of its own; this one is for a spawner that does not run any more.
        one.timers.push(
          setTimeout(() => end(command.attempt, "timed-out"), command.timeout * 1000 + overdueMs).unref(),
        );
      }),
    kill: (attempt) => end(attempt, "cancelled"),
    follow(attempt) {
      const one = running.get(attempt);
      if (one === undefined || one.group === null) return null;
      const follower = ++lastFollower;
      const stream = new PassThrough();
      one.followers.set(follower, stream);
      stream.once("close", () => {
        one.followers.delete(follower);
        send(one.spawner.child, { type: "unfollow", attempt, follower });
      });
      send(one.spawner.child, { type: "follow", attempt, follower });
      return stream;
    },
    close: () => {
      for (const { child } of [...idle, ...[...running.values()].map(({ spawner }) => spawner)])
        if (child.connected) child.disconnect();
      if (watcher?.connected === true) watcher.disconnect();
    },
  };
};

const forkSpawner = (): ChildProcess => {
  const child = fork(fileURLToPath(new URL("./spawner.ts", import.meta.url)), [], {
    execArgv: [],
    // Nothing of our environment: no secret gets near a command.
    env: {},
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  // Its end is what counts; a message that cannot be sent any more is answered by it.
  child.on("error", () => {});
  // It must not keep us alive; it sees when we end.
  child.unref();
  child.channel?.unref();
  return child;
};

const send = (child: ChildProcess, message: ToSpawner): void => {
  if (child.connected) child.send(message, () => {});
};

const lost: Exit = { how: "lost", exitCode: null, signal: null, log: "", reason: "the process that started it ended" };
