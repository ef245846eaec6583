import { setTimeout as sleep } from "node:timers/promises";
import type { Queryable } from "@rollerblade/database";
import type { Scheduler } from "./scheduler.ts";

/** The loops of the scheduler that can be woken. */
export type Loop = "plan" | "dispatch" | "publish" | "cancel" | "collect" | "folders" | "sweep" | "withdraw" | "report";

const channel = (loop: Loop): string => `rollerblade_scheduler_${loop}`;

/** Wakes loops in every replica, this one included, when the transaction commits. */
export const notifyLoops = async (tx: Queryable, ...loops: readonly Loop[]): Promise<void> => {
  if (loops.length === 0) return;
  await tx`select pg_notify(channel, '') from unnest(${loops.map(channel)}::text[]) as channel`;
};

/** How a loop runs. */
export type LoopOptions = {
  /** In one replica at a time. @default false */
  readonly exclusive?: boolean;
  /** Milliseconds after a turn before the next: for work that is not urgent and cheaper when there is more of it. @default 0 */
  readonly rest?: number;
  /** The most of the time that it may take, from 0 to 1: the longer a turn was, the longer the rest after it. @default 1 */
  readonly share?: number;
};

/**
 * Registers a loop: it runs at start, when it is woken in any replica, and every so many seconds for whatever nobody announced.
 * */
export const runLoop = (
  scheduler: Scheduler,
  loop: Loop,
  work: () => Promise<void>,
  options: LoopOptions = {},
): void => {
  const { rest = 0, share = 1, exclusive = false } = options;
  const { signal, config } = scheduler;
  const turn = async (): Promise<void> => {
    const begin = performance.now();
    await work();
    const pause = Math.max(rest, (performance.now() - begin) * (1 / share - 1));
    if (pause > 0) await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
  };
  scheduler.every(loop, config.sweepSeconds * 1000, turn, { exclusive, channel: channel(loop) });
};
