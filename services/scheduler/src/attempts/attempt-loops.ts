import type { Sql } from "@rollerblade/database";
import type { ServiceContext } from "@rollerblade/service-kit";
import type { Dispatcher } from "./dispatcher.ts";

/** What dispatching delayed executions needs. */
type Delaying = Pick<ServiceContext, "signal" | "trigger"> & {
  readonly sql: Sql;
  readonly config: { readonly sweepSeconds: number };
};

/** Queues executions whose delay after a failure is over, and fills the room that is free. */
export const dispatchDelayed = async (scheduler: Delaying, dispatcher: Pick<Dispatcher, "dispatch">): Promise<void> => {
  const dueMs = await queueDelayed(scheduler.sql);
  if (dueMs !== null) triggerDispatchIn(scheduler, dueMs);
  await dispatcher.dispatch();
};

/** @returns milliseconds until the next one is due, by the clock of the database; null when none is delayed */
const queueDelayed = async (sql: Sql): Promise<number | null> => {
  const [next] = await sql<{ milliseconds: number | null }[]>`
    select extract(epoch from min(not_before) - now())::float8 * 1000 as milliseconds
    from scheduler.executions where state = 'delayed'`;
  const milliseconds = next?.milliseconds ?? null;
  if (milliseconds === null || milliseconds > 0) return milliseconds;
  await sql`
    update scheduler.executions set state = 'queued', not_before = null where state = 'delayed' and not_before <= now()`;
  return queueDelayed(sql);
};

/** Triggers the loop when the next one is due. The loop itself comes round that often anyway, so there is never a later timer. */
const triggerDispatchIn = ({ signal, trigger, config }: Delaying, milliseconds: number): void => {
  const delayMs = Math.min(milliseconds + 1, config.sweepSeconds * 1000);
  const timer = setTimeout(() => {
    if (!signal.aborted) trigger("dispatch");
  }, delayMs);
  timer.unref();
};

/** Cancels those of our attempts whose executions no task waits for any more. */
export const cancelRequested = async (sql: Sql, dispatcher: Pick<Dispatcher, "attempts" | "cancel">): Promise<void> => {
  const attempts = dispatcher.attempts();
  if (attempts.length === 0) return;
  const rows = await sql<{ id: string }[]>`
    select attempt.id from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution
    where attempt.id = any(${[...attempts]}::uuid[]) and attempt.state = 'running' and execution.cancel_requested`;
  for (const { id } of rows) await dispatcher.cancel(id);
};
