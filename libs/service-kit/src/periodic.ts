import { createTrigger, isOutage, listen, type Sql, type Trigger, tryLock } from "@rollerblade/database";
import { backOffMs, Problem } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";

/** How periodic work is done. */
export type PeriodicOptions = {
  /** Only in one replica at a time, under an advisory lock; the others skip their turn. @default false */
  readonly exclusive?: boolean;
  /** A channel of PostgreSQL whose notifications trigger a turn, from whichever replica they come. @default none */
  readonly channel?: string;
};

/** The periodic work of one service. */
export type Periodic = {
  /**
   * Does `work` at start and then every `intervalMs`, one turn at a time. What it throws is logged, and the next turn comes with a
   * back-off. With a channel the interval is for what nobody notified of:
   *
   *     every("settle", 5_000, () => settleResults(sql), { channel: "rollerblade_tagger_settle" });
   *     await notify(tx, "rollerblade_tagger_settle"); // in a transaction with something to settle
   */
  every(name: string, intervalMs: number, work: () => Promise<void>, options?: PeriodicOptions): void;
  /** Begins the next turn now, or at the end of the one that is going on. */
  trigger(name: string): void;
  /** Begins; what is registered later begins at once. */
  start(): void;
  /** Waits for the turns that are going on. The signal must have been aborted before. */
  stop(): Promise<void>;
};

type PeriodicWork = {
  readonly name: string;
  readonly intervalMs: number;
  readonly turn: () => Promise<void>;
  readonly channel: string | undefined;
  readonly trigger: Trigger;
};

/** Limit of the delay after failures in a row, unless the interval is longer anyway. */
const maxBackOffMs = 30_000;

/** What periodic work needs of its service. */
export type PeriodicParts = {
  readonly service: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The pool that listens. */
  readonly sql: () => Sql;
  /** A pool for advisory locks, each of which holds a connection for a whole turn: in the main pool they could starve the work itself. */
  readonly locks: () => Sql;
};

/** Makes the periodic work of a service; nothing runs before `start`. */
export const createPeriodic = (parts: PeriodicParts): Periodic => {
  const registered = new Map<string, PeriodicWork>();
  const running: Promise<void>[] = [];
  let started = false;

  const begin = (work: PeriodicWork): void => void running.push(run(work, parts));
  return {
    every(name, intervalMs, work, { exclusive = false, channel } = {}) {
      if (registered.has(name)) throw new Error(`periodic work "${name}" is registered twice`);
      const turn = exclusive ? exclusively(parts, name, work) : work;
      const one = { name, intervalMs, turn, channel, trigger: createTrigger() };
      registered.set(name, one);
      if (started) begin(one);
    },
    trigger(name) {
      const work = registered.get(name);
      if (work === undefined) throw new Error(`there is no periodic work "${name}"`);
      work.trigger.fire();
    },
    start() {
      started = true;
      for (const work of registered.values()) begin(work);
    },
    async stop() {
      await Promise.all(running);
    },
  };
};

const exclusively =
  ({ service, locks }: PeriodicParts, name: string, work: () => Promise<void>) =>
  async (): Promise<void> =>
    void (await tryLock(locks(), `${service}/${name}`, work));

const run = async (work: PeriodicWork, parts: PeriodicParts): Promise<void> => {
  listenFor(work, parts);
  for (let failures = 0; !parts.signal.aborted; ) {
    failures = await turnOf(work, failures, parts.log);
    await work.trigger.wait(delayMs(work.intervalMs, failures), parts.signal);
  }
};

const listenFor = ({ name, channel, trigger }: PeriodicWork, { sql, log }: PeriodicParts): void => {
  if (channel === undefined) return;
  // Ends with the pool: at a stop there is nothing left to trigger, and PostgreSQL may be away.
  listen(sql(), channel, {
    onNotification: trigger.fire,
    onFailure: (error) => log.warn({ err: error, work: name }, "not listening yet; periodic work looks by itself"),
  });
};

/** Does one turn; returns how many have failed in a row. */
const turnOf = async (work: PeriodicWork, before: number, log: Logger): Promise<number> => {
  try {
    await work.turn();
    return 0;
  } catch (error) {
    const failures = before + 1;
    const about = { work: work.name, failures };
    if (isOutage(error))
      log.warn({ ...about, reason: Problem.from(error).message }, "periodic work waits for the database");
    else log.error({ ...about, err: error }, "periodic work failed; it will be tried again");
    return failures;
  }
};

/** After a failure work is tried again sooner than at its interval. Intervals vary by a tenth, so that replicas drift apart. */
const delayMs = (intervalMs: number, failures: number): number =>
  failures === 0
    ? intervalMs * (0.9 + 0.2 * Math.random())
    : backOffMs(failures, { minMs: 500, maxMs: Math.max(maxBackOffMs, intervalMs) });
