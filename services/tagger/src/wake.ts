import { notify, onNotify, type Queryable } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";

/** Work of the tagger that goes on beside the handlers. */
export type Loop = "settle" | "read";

const channel = (loop: Loop): string => `rollerblade_tagger_${loop}`;

/** Wakes a loop in every replica, this one included, when the transaction commits. */
export const wake = (tx: Queryable, loop: Loop): Promise<void> => notify(tx, channel(loop));

/** Registers a loop: it runs at start, when it is woken, and every so many seconds for what nobody announced. */
export const runLoop = async (
  context: ServiceContext,
  loop: Loop,
  seconds: number,
  work: () => Promise<void>,
): Promise<void> => {
  context.every(loop, seconds * 1000, work);
  const stop = await onNotify(context.sql, channel(loop), () => {
    if (!context.signal.aborted) context.wake(loop);
  });
  context.onStop(stop);
};
