import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Exit } from "../local/sandbox.ts";
import type { GroupCommand } from "./run-group.ts";
import type { FromSpawner, ToSpawner } from "./spawner-messages.ts";

/** Commands that run in the spawner. */
export type SpawnerClient = {
  run(command: GroupCommand): Promise<Exit>;
  kill(attempt: string): void;
  /** Ends the spawner. */
  close(): void;
};

/** Starts the spawner with the first command, and anew when it has died; what it ran is lost then. */
export const createSpawnerClient = (): SpawnerClient => {
  let spawner: ChildProcess | undefined;
  const waiting = new Map<string, (exit: Exit) => void>();

  const begin = (): ChildProcess => {
    const child = fork(fileURLToPath(new URL("./spawner.ts", import.meta.url)), [], {
      execArgv: [],
      // Nothing of our environment: no secret gets near a command.
      env: {},
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", ({ attempt, exit }: FromSpawner) => settle(attempt, exit));
    child.once("exit", () => {
      if (spawner === child) spawner = undefined;
      for (const attempt of [...waiting.keys()]) settle(attempt, lost);
    });
    // It must not keep us alive; it sees when we end.
    child.unref();
    child.channel?.unref();
    return child;
  };
  const settle = (attempt: string, exit: Exit): void => {
    waiting.get(attempt)?.(exit);
    waiting.delete(attempt);
  };
  const say = (message: ToSpawner): void => {
    spawner ??= begin();
    spawner.send(message);
  };
  return {
    run: (command) =>
      new Promise((resolve) => {
        waiting.set(command.attempt, resolve);
        say({ say: "run", command });
      }),
    kill: (attempt) => {
      if (waiting.has(attempt)) say({ say: "kill", attempt });
    },
    close: () => {
      if (spawner?.connected === true) spawner.disconnect();
    },
  };
};

const lost: Exit = { how: "lost", exitCode: null, signal: null, log: "", reason: "the process that started it ended" };
