import type { Scheduler } from "../scheduler.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** Queues what has waited long enough after a failure, and fills the room that is free. */
export const dispatchDelayed = async (scheduler: Scheduler, dispatcher: Dispatcher): Promise<void> => {
  const next = await queueDelayed(scheduler);
  if (next !== null) wakeIn(scheduler, next);
  await dispatcher.dispatch();
};

/** @returns milliseconds until the next one is due, or null */
const queueDelayed = async ({ sql }: Pick<Scheduler, "sql">): Promise<number | null> => {
  const [next] = await sql<{ milliseconds: number | null }[]>`
    select extract(epoch from min(not_before) - now())::float8 * 1000 as milliseconds
    from scheduler.executions where state = 'delayed'`;
  const milliseconds = next?.milliseconds ?? null;
  if (milliseconds === null || milliseconds > 0) return milliseconds;
  await sql`
    update scheduler.executions set state = 'queued', not_before = null where state = 'delayed' and not_before <= now()`;
  return queueDelayed({ sql });
};

const wakeIn = (scheduler: Scheduler, milliseconds: number): void => {
  const timer = setTimeout(
    () => {
      if (!scheduler.signal.aborted) scheduler.trigger("dispatch");
    },
    Math.min(milliseconds + 1, scheduler.config.sweepSeconds * 1000),
  );
  timer.unref();
};
