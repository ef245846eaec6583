import type { Transaction } from "@rollerblade/database";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import { isAbout, type Tombstone } from "../tasks/tombstones.ts";

/**
 * Forgets what final tasks held of somebody who is gone: their inputs with ages and metadata, and the words of their failures.
 * Executions that nobody else wanted are marked, so that their logs go too. That a task was, and how it ended, stays.
 */
export const forgetTasks = async (
  tx: Transaction,
  tombstones: readonly Tombstone[],
  derivatives: readonly string[],
): Promise<void> => {
  const rows = tombstones.map(({ subject, path, ...rest }) => ({ ...rest, subject: subject ?? "", path: path ?? "" }));
  const forgotten = await tx<{ execution: string | null }[]>`
    update scheduler.tasks
    set requested = null, sources = '{}', reason = case when outcome = 'failed' then '' else reason end
    where state = 'final' and requested is not null and id in (
      select task.id from scheduler.tasks as task
      join jsonb_to_recordset(${asRecords(rows)}::text::jsonb) as gone(dataset text, subject text, path text, at timestamptz)
        on gone.dataset = task.dataset and gone.at > task.decided_at
      where task.state = 'final' and ${isAbout(tx)}
      union
      select task from scheduler.derivatives where id = any(${[...derivatives]}::uuid[]))
    returning execution`;
  await tx`
    update scheduler.executions as execution set forgotten = true
    where id = any(${forgotten.flatMap(({ execution }) => execution ?? [])}::uuid[]) and not exists (
      select from scheduler.tasks as task where task.execution = execution.id and task.requested is not null)`;
};

/** Removes the logs of executions that are to be forgotten; it can be repeated. */
export const removeLogs = async ({ sql, objects }: Scheduler): Promise<void> => {
  const rows = await sql<{ id: string }[]>`
    select id from scheduler.executions where forgotten and state in ('succeeded', 'failed', 'cancelled') limit 500`;
  for (const { id } of rows) {
    const logs: string[] = [];
    for await (const { key } of objects.list(`logs/${id}/`)) logs.push(key);
    await objects.delete(logs);
    await sql`update scheduler.attempts set log = null, reason = '' where execution = ${id}`;
    await sql`update scheduler.executions set forgotten = false, reason = '' where id = ${id}`;
  }
};
