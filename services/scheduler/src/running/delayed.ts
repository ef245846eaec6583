import type { Scheduler } from "../scheduler.ts";

/** Queues what has waited long enough after a failure. @returns milliseconds until the next one is due, or null */
export const queueDelayed = async ({ sql }: Scheduler): Promise<number | null> => {
  await sql`
    update scheduler.executions set state = 'queued', not_before = null
    where state = 'delayed' and not_before <= now()`;
  const [next] = await sql<{ milliseconds: number | null }[]>`
    select extract(epoch from min(not_before) - now())::float8 * 1000 as milliseconds
    from scheduler.executions where state = 'delayed'`;
  return next?.milliseconds ?? null;
};
