import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serviceKeyVariables } from "@rollerblade/service-kit/testing";
import type { SchedulerWorld } from "./scheduler-world.ts";

/** A scheduler of a world in a process of its own. */
export type SchedulerProcess = {
  readonly process: ChildProcess;
  /** Waits for its end. @returns the signal that ended it */
  ended(): Promise<NodeJS.Signals | null>;
};

/** Starts one; `crashAt` is one of `crashPoints`, `more` are variables of this one alone. */
export const startProcess = async (
  world: SchedulerWorld,
  crashAt = "",
  more: Readonly<Record<string, string>> = {},
): Promise<SchedulerProcess> => {
  const { settings, folder } = world;
  const child = fork(fileURLToPath(new URL("./scheduler-process.ts", import.meta.url)), [], {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      PATH: process.env.PATH,
      ROLLERBLADE_DATABASE_URL: settings.databaseUrl,
      ROLLERBLADE_NATS_URL: settings.natsUrl,
      ROLLERBLADE_OBJECTS: settings.objects,
      ROLLERBLADE_PUBLIC_URL: settings.publicUrl,
      ...serviceKeyVariables,
      ROLLERBLADE_PORT: "0",
      ROLLERBLADE_MODE: "embedded",
      ROLLERBLADE_LOG_LEVEL: settings.logLevel,
      ROLLERBLADE_SCHEDULER_SCRATCH: join(folder, "scratch"),
      ROLLERBLADE_SCHEDULER_SWEEP_SECONDS: "0.5",
      ROLLERBLADE_SCHEDULER_RETRY_SECONDS: "0",
      ROLLERBLADE_CRASH_AT: crashAt,
      ...world.environment,
      ...more,
    },
  });
  world.onHalt(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit").then(([, signal]) => signal);
  await Promise.race([once(child, "message"), ended]);
  return { process: child, ended: () => ended };
};
