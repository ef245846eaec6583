import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./log.ts";
import type { ServerProcess } from "./server-process.ts";

/** A server that is started again whenever it goes without being asked to. */
export type Supervised = {
  /** Of the process that runs now; of the last one between two. */
  readonly pid: number;
  stop(): Promise<void>;
};

const shortestPause = 50;
const longestPause = 5_000;
/** A server that was up so long starts again with the shortest pause, in milliseconds. */
const steady = 10_000;

/**
 * Starts a server and keeps it up: on the same port and data, at once the first time, then with pauses that double.
 * @throws what the first start throws.
 */
export const supervise = async (name: string, start: () => Promise<ServerProcess>, log: Log): Promise<Supervised> => {
  let running = await start();
  const stopping = new AbortController();

  const keepUp = async (): Promise<void> => {
    let pause = shortestPause;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const why = await running.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > steady) pause = shortestPause;
      log.warn({ server: name, pid: running.pid, pause }, `${name} is gone (${why}); starting it again`);
      const next = await startAgain(name, start, log, pause, stopping.signal);
      if (next === null) return;
      running = next.server;
      pause = next.pause;
      log.info({ server: name, pid: running.pid }, `${name} is back`);
    }
  };
  const kept = keepUp();

  return {
    get pid() {
      return running.pid;
    },
    async stop() {
      stopping.abort();
      await running.end();
      await kept;
      await running.end();
    },
  };
};

const startAgain = async (
  name: string,
  start: () => Promise<ServerProcess>,
  log: Log,
  firstPause: number,
  signal: AbortSignal,
): Promise<{ server: ServerProcess; pause: number } | null> => {
  let pause = firstPause;
  while (!signal.aborted) {
    await sleep(pause, undefined, { signal }).catch(() => {});
    if (signal.aborted) return null;
    pause = Math.min(pause * 2, longestPause);
    try {
      return { server: await start(), pause };
    } catch (error) {
      log.warn({ server: name, err: error, pause }, `${name} does not start; trying again`);
    }
  }
  return null;
};
