import type { Scheduler } from "../scheduler.ts";
import type { Dispatcher } from "./dispatcher.ts";

/** Ends those of our attempts that nobody wants any more. */
export const cancelRequested = async ({ sql }: Scheduler, dispatcher: Dispatcher): Promise<void> => {
  const attempts = dispatcher.attempts();
  if (attempts.length === 0) return;
  const rows = await sql<{ id: string }[]>`
    select attempt.id from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution
    where attempt.id = any(${[...attempts]}::uuid[]) and attempt.state = 'running' and execution.cancel_requested`;
  for (const { id } of rows) await dispatcher.cancel(id);
};
