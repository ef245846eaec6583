import { setTimeout as sleep } from "node:timers/promises";
import { isOutage, type Sql, tryLock } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";

/** How periodic work is done. */
export type PeriodicOptions = {
  /** Only in one replica at a time, under an advisory lock; the others skip their turn. @default false */
  readonly exclusive?: boolean;
};

/** The periodic work of one service. */
export type Periodic = {
  every(name: string, milliseconds: number, work: () => Promise<void>, options?: PeriodicOptions): void;
  wake(name: string): void;
  /** Begins; what is registered later begins at once. */
  start(): void;
  /** Waits for what is in hand. The signal must have been aborted before. */
  stop(): Promise<void>;
};

type Job = {
  readonly name: string;
  readonly milliseconds: number;
  readonly work: () => Promise<void>;
  woken: boolean;
  interrupt: AbortController;
  failures: number;
};

/** Longest pause after failures, unless the work is due more rarely anyway. */
const longestPause = 30_000;

/** What periodic work needs of its service; `locks` is a pool of its own, so that waiting work never starves the main one. */
export type PeriodicParts = {
  readonly service: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly locks: () => Sql;
};

/** Periodic work, supervised: an error is logged and the next turn comes, with back-off. */
export const createPeriodic = ({ service, log, signal, locks }: PeriodicParts): Periodic => {
  const jobs = new Map<string, Job>();
  const loops: Promise<void>[] = [];
  let started = false;

  const begin = (job: Job): void => void loops.push(loop(job, signal, log));
  return {
    every(name, milliseconds, work, options = {}) {
      if (jobs.has(name)) throw new Error(`periodic work "${name}" is registered twice`);
      const once = options.exclusive === true ? () => exclusively(locks(), `${service}/${name}`, work) : work;
      const job: Job = { name, milliseconds, work: once, woken: false, interrupt: new AbortController(), failures: 0 };
      jobs.set(name, job);
      if (started) begin(job);
    },
    wake(name) {
      const job = jobs.get(name);
      if (job === undefined) throw new Error(`there is no periodic work "${name}"`);
      job.woken = true;
      job.interrupt.abort();
    },
    start() {
      started = true;
      for (const job of jobs.values()) begin(job);
    },
    async stop() {
      await Promise.all(loops);
    },
  };
};

const exclusively = async (locks: Sql, name: string, work: () => Promise<void>): Promise<void> => {
  await tryLock(locks, name, work);
};

const loop = async (job: Job, signal: AbortSignal, log: Logger): Promise<void> => {
  while (!signal.aborted) {
    job.woken = false;
    job.interrupt = new AbortController();
    await turn(job, log);
    if (!job.woken) await pause(pauseOf(job), AbortSignal.any([signal, job.interrupt.signal]));
  }
};

const turn = async (job: Job, log: Logger): Promise<void> => {
  try {
    await job.work();
    job.failures = 0;
  } catch (error) {
    job.failures += 1;
    const about = { work: job.name, failures: job.failures };
    if (isOutage(error))
      log.warn({ ...about, reason: Problem.from(error).message }, "periodic work waits for the database");
    else log.error({ ...about, err: error }, "periodic work failed; it will be tried again");
  }
};

/** A failure is tried again sooner than the next turn, and ever later; turns vary by a tenth, so that replicas drift apart. */
const pauseOf = ({ milliseconds, failures }: Job): number => {
  const regular = milliseconds * (0.9 + 0.2 * Math.random());
  if (failures === 0) return regular;
  return Math.min(Math.max(longestPause, milliseconds), 250 * 2 ** Math.min(failures, 20));
};

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {});
};
