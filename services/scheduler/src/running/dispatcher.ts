import type { Executor } from "../executors/executor.ts";
import type { Scheduler } from "../scheduler.ts";
import { cappedTo, type Room } from "./choose-fitting.ts";
import { type ClaimedAttempt, claimAttempts } from "./claim-attempts.ts";
import type { FinishAttempt } from "./finish-attempts.ts";
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

/** Keeps the machine busy: whatever ends makes room for the next at once. */
export const createDispatcher = (
  scheduler: Scheduler,
  executorFor: (code: string) => Executor,
  finish: FinishAttempt,
): Dispatcher => {
  const { config, log } = scheduler;
  const whole: Room = { cpu: config.cpus, memory: config.memory };
  const inHand = new Map<string, { readonly needs: Room; readonly executor: Executor; readonly done: Promise<void> }>();

  const used = (): Room => {
    const rooms = [...inHand.values()].map(({ needs }) => needs);
    return {
      cpu: rooms.reduce((sum, { cpu }) => sum + cpu, 0),
      memory: rooms.reduce((sum, { memory }) => sum + memory, 0),
    };
  };
  const take = (claimed: ClaimedAttempt, adopted: boolean): void => {
    const { job } = claimed;
    const executor = executorFor(job.code);
    const release = (): void => {
      inHand.delete(job.attempt);
      if (!scheduler.signal.aborted) scheduler.wake("dispatch");
    };
    const done = superviseAttempt({ scheduler, executor, finish, release }, claimed, adopted).catch((error: unknown) =>
      log.error({ err: error, attempt: job.attempt }, "an attempt could not be written down; its lease will run out"),
    );
    const needs = cappedTo(whole, { cpu: job.manifest.resources.cpu, memory: job.memory });
    inHand.set(job.attempt, { needs, executor, done });
  };
  return {
    async dispatch() {
      if (scheduler.signal.aborted) return;
      const claimed = await claimAttempts(scheduler, (code) => executorFor(code).kind, whole, used());
      for (const attempt of claimed) take(attempt, false);
      if (claimed.length > 0 && !isFull(whole, used())) scheduler.wake("dispatch");
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

const isFull = (whole: Room, used: Room): boolean => used.cpu >= whole.cpu || used.memory >= whole.memory;
