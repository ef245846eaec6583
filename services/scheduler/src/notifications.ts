import { setTimeout as sleep } from "node:timers/promises";
import { notify, type Queryable } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";

/** The loops of the scheduler; a transaction that makes work for one of them notifies it. */
export type Loop =
  | "plan"
  | "dispatch"
  | "publish"
  | "cancel"
  | "collect"
  | "folders"
  | "sweep"
  | "withdraw"
  | "report"
  | "revoke"
  | "stop"
  | "audit";

const channel = (loop: Loop): string => `rollerblade_scheduler_${loop}`;

/** Notifies loops in every replica, this one included, when the transaction commits. */
export const notifyLoops = (tx: Queryable, ...loops: readonly Loop[]): Promise<void> =>
  notify(tx, ...loops.map(channel));

/** How a loop runs. */
export type LoopOptions = {
  /** In one replica at a time. @default false */
  readonly exclusive?: boolean;
  /**
   * Milliseconds between the end of a turn and the next: for work that is not urgent, and cheaper when there is more of it at once.
   * @default 0
   */
  readonly delayMs?: number;
  /** The share of the time that it may take, from 0 to 1: the longer a turn was, the longer the delay after it. @default 1 */
  readonly maxShare?: number;
};

/** What running loops needs. */
type Loops = Pick<ServiceContext, "every" | "signal"> & { readonly config: { readonly sweepSeconds: number } };

/**
 * Registers a loop. It runs at start, when it is notified in any replica, and every `sweepSeconds` for work whose notification was
 * lost.
 */
export const runLoop = (
  { every, signal, config }: Loops,
  loop: Loop,
  work: () => Promise<void>,
  { exclusive = false, delayMs = 0, maxShare = 1 }: LoopOptions = {},
): void => {
  const turn = async (): Promise<void> => {
    const begin = performance.now();
    await work();
    const waitMs = Math.max(delayMs, (performance.now() - begin) * (1 / maxShare - 1));
    if (waitMs > 0) await sleep(waitMs, undefined, { signal, ref: false }).catch(() => {});
  };
  every(loop, config.sweepSeconds * 1000, turn, { exclusive, channel: channel(loop) });
};
