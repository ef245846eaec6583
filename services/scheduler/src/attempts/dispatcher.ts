import type { AttemptOutcome, Executor } from "@rollerblade/executors";
import { cappedTo, type Room } from "@rollerblade/executors";
import { versionKey } from "../analyses/known-analyses.ts";
import { crashPoint } from "../crash-points.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Candidate } from "./choose-fitting.ts";
import { type ClaimedAttempt, claimAttempts } from "./claim-attempts.ts";
import type { FinishAttempt } from "./finish-attempts.ts";
import { createLookAhead } from "./look-ahead.ts";
import { superviseAttempt } from "./supervise-attempt.ts";

/** What runs in this replica. */
export type Dispatcher = {
  /** Fills the room that is free. */
  dispatch(): Promise<void>;
  /** Watches an attempt that somebody else began, until its end. */
  adopt(claimed: ClaimedAttempt): void;
  /** Ids of the attempts in hand. */
  attempts(): readonly string[];
  /** Asks an attempt in hand to end. */
  cancel(attempt: string): Promise<void>;
  /** Waits until nothing is in hand that ends with us. */
  settled(): Promise<void>;
};

/**
 * Keeps the machine busy: whatever ends makes room for the next at once. While attempts are very short, some are taken ahead,
 * so that their inputs lie ready when there is room and one claim serves many.
 */
export const createDispatcher = (
  scheduler: Scheduler,
  executorFor: (code: string) => Executor,
  finish: FinishAttempt,
): Dispatcher => {
  const { config, log } = scheduler;
  const whole: Room = { cpu: config.cpus, memory: config.memory };
  const clustered = config.executor === "kubernetes";
  const ahead = createLookAhead();
  const inHand = new Map<string, InHand>();
  let woken: NodeJS.Timeout | undefined;

  const wake = (version: string): void => {
    if (scheduler.signal.aborted) return;
    if (!clustered) {
      if (ahead.worthClaiming(version, inHand.size)) scheduler.trigger("dispatch");
      return;
    }
    // Few large Jobs rather than one for every Pod that has ended.
    if (woken !== undefined || inHand.size > 0.9 * config.pods) return;
    woken = setTimeout(() => {
      woken = undefined;
      if (!scheduler.signal.aborted) scheduler.trigger("dispatch");
    }, config.batchMilliseconds).unref();
  };
  const take = (claimed: ClaimedAttempt, adopted: boolean): void => {
    const { attempt } = claimed;
    const begin = performance.now();
    const executor = executorFor(attempt.code);
    const version = versionKey(attempt.manifest.name, attempt.manifest.version);
    const release = (outcome: AttemptOutcome | null): void => {
      inHand.delete(attempt.id);
      if (outcome !== "cancelled") ahead.ended(version, performance.now() - begin);
      wake(version);
    };
    const done = superviseAttempt({ scheduler, executor, finish, release }, claimed, adopted).catch((error: unknown) =>
      log.error({ err: error, attempt: attempt.id }, "an attempt could not be written down; its lease will run out"),
    );
    const needs = cappedTo(whole, { cpu: attempt.manifest.resources.cpu, memory: attempt.memory });
    inHand.set(attempt.id, { version, needs, executor, done });
  };
  return {
    async dispatch() {
      if (scheduler.signal.aborted) return;
      const kindOf = (code: string): string => executorFor(code).kind;
      const allShort = [...inHand.values()].every(({ version }) => ahead.share(version) > 0);
      const aheadOf = ({ analysis, version }: Candidate): number =>
        allShort ? ahead.share(versionKey(analysis, version)) : 0;
      const machine = clustered ? null : { whole, used: used(inHand.values()), ahead: aheadOf };
      const claimed = await claimAttempts(scheduler, kindOf, machine);
      if (claimed.length > 0) crashPoint("attempt.claimed");
      for (const attempt of claimed) take(attempt, false);
      ahead.claimed(inHand.size);
    },
    adopt: (claimed) => take(claimed, true),
    attempts: () => [...inHand.keys()],
    async cancel(attempt) {
      await inHand.get(attempt)?.executor.cancel(attempt);
    },
    async settled() {
      const ending = [...inHand.values()].filter(({ executor }) => !executor.outlivesUs);
      await Promise.all(ending.map(({ done }) => done));
    },
  };
};

type InHand = {
  /** Of its analysis; see `versionKey`. */
  readonly version: string;
  readonly needs: Room;
  readonly executor: Executor;
  readonly done: Promise<void>;
};

const used = (inHand: Iterable<{ readonly needs: Room }>): Room => {
  let [cpu, memory] = [0, 0];
  for (const { needs } of inHand) [cpu, memory] = [cpu + needs.cpu, memory + needs.memory];
  return { cpu, memory };
};
