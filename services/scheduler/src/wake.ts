import { notify, onNotify, type Queryable } from "@rollerblade/database";
import type { Scheduler } from "./scheduler.ts";

/** The loops of the scheduler that can be woken. */
export type Loop = "plan" | "dispatch" | "publish" | "cancel" | "collect" | "folders" | "sweep" | "withdraw";

const channel = (loop: Loop): string => `rollerblade_scheduler_${loop}`;

/** Wakes a loop in every replica, this one included, when the transaction commits. */
export const wakeAll = (tx: Queryable, ...loops: readonly Loop[]): Promise<unknown> =>
  Promise.all(loops.map((loop) => notify(tx, channel(loop))));

/**
 * Registers a loop: it runs at start, when it is woken in any replica, and every so many seconds for whatever nobody announced.
 * An exclusive one runs in one replica at a time.
 */
export const runLoop = async (
  scheduler: Scheduler,
  loop: Loop,
  work: () => Promise<void>,
  options: { readonly seconds?: number; readonly exclusive?: boolean } = {},
): Promise<void> => {
  const { seconds = scheduler.config.sweepSeconds, exclusive = false } = options;
  scheduler.every(loop, seconds * 1000, work, { exclusive });
  const stop = await onNotify(scheduler.sql, channel(loop), () => {
    if (!scheduler.signal.aborted) scheduler.wake(loop);
  });
  scheduler.onStop(stop);
};
