import type { Transaction } from "@rollerblade/database";
import { notifyLoops } from "../notifications.ts";

/**
 * Gives up executions that no task waits for any more: queued ones are cancelled here, running ones are marked, and the replica
 * that runs them ends them. An execution that some other task still waits for is left as it is.
 * @param executions of tasks that were just made final; a null is a task that had none
 */
export const releaseExecutions = async (tx: Transaction, executions: readonly (string | null)[]): Promise<void> => {
  const ids = [...new Set(executions.filter((id) => id !== null))];
  if (ids.length === 0) return;
  const unwanted = await tx<{ id: string; state: string }[]>`
    select id, state from scheduler.executions as execution
    where id = any(${ids}::uuid[]) and state in ('queued', 'delayed', 'running')
      and not exists (select from scheduler.tasks as task where task.execution = execution.id and task.state <> 'final')
    order by id for update`;
  const running = unwanted.filter(({ state }) => state === "running").map(({ id }) => id);
  const waiting = unwanted.filter(({ state }) => state !== "running").map(({ id }) => id);
  await tx`
    update scheduler.executions set state = 'cancelled', finished_at = now() where id = any(${waiting}::uuid[])`;
  await tx`update scheduler.executions set cancel_requested = true where id = any(${running}::uuid[])`;
  if (running.length > 0) await notifyLoops(tx, "cancel");
};
