import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./log.ts";
import type { ServerProcess } from "./server-process.ts";

/** A server that is started again whenever it goes without being asked to. */
export type Supervised = {
  /** Of the process that runs now; of the last one between two. */
  readonly pid: number;
  /** Ends the process that runs now; another one follows. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const minDelayMs = 50;
const maxDelayMs = 5_000;
/** A server that was up so long starts again with the shortest delay, in milliseconds. */
const steady = 10_000;

/**
 * Starts a server and keeps it up: on the same port and data, at once the first time, then with delays that double.
 * @throws what the first start throws.
 */
export const supervise = async (name: string, start: () => Promise<ServerProcess>, log: Log): Promise<Supervised> => {
  let running = await start();
  const stopping = new AbortController();

  const keepUp = async (): Promise<void> => {
    let delayMs = minDelayMs;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const why = await running.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > steady) delayMs = minDelayMs;
      log.warn({ server: name, pid: running.pid, delayMs }, `${name} is gone (${why}); starting it again`);
      const next = await startAgain(name, start, log, delayMs, stopping.signal);
      if (next === null) return;
      running = next.server;
      delayMs = next.delayMs;
      log.info({ server: name, pid: running.pid }, `${name} is back`);
    }
  };
  const kept = keepUp();

  return {
    get pid() {
      return running.pid;
    },
    restart: () => running.end(),
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
  firstDelayMs: number,
  signal: AbortSignal,
): Promise<{ server: ServerProcess; delayMs: number } | null> => {
  let delayMs = firstDelayMs;
  while (!signal.aborted) {
    await sleep(delayMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return null;
    delayMs = Math.min(delayMs * 2, maxDelayMs);
    try {
      return { server: await start(), delayMs };
    } catch (error) {
      log.warn({ server: name, err: error, delayMs }, `${name} does not start; trying again`);
    }
  }
  return null;
};
