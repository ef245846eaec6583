import { logPrefix } from "@rollerblade/abids/bucket-layout";
import { recordset, type Sql, type Transaction } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { tombstonesTable } from "../tables.gen.ts";
import { isAbout, type Tombstone, tombstoneRow } from "../tasks/tombstones.ts";

/**
 * Erases personal data from final tasks that are about what was withdrawn: their inputs with ages and metadata, and the reasons of
 * their failures, which may quote a file. The task itself and its outcome stay, since runs count them. Executions that no other task
 * was for are marked, so that `removeLogs` erases their logs too.
 * @param derivatives ids of derivatives that were withdrawn by name: the tasks that made them are erased as well
 */
export const forgetTasks = async (
  tx: Transaction,
  tombstones: readonly Tombstone[],
  derivatives: readonly string[],
): Promise<void> => {
  const forgotten = await tx<{ execution: string | null }[]>`
    update scheduler.tasks
    set requested = null, sources = '{}', reason = case when outcome = 'failed' then '' else reason end, cause = ''
    where state = 'final' and requested is not null and id in (
      select task.id from scheduler.tasks as task
      join ${recordset(tx, tombstonesTable.columns, tombstones.map(tombstoneRow))} as tombstone
        on tombstone.dataset = task.dataset and tombstone.at > task.decided_at
      where task.state = 'final' and ${isAbout(tx)}
      union
      select task from scheduler.derivatives where id = any(${[...derivatives]}::uuid[]))
    returning execution`;
  await tx`
    update scheduler.executions as execution set forgotten = true
    where id = any(${forgotten.flatMap(({ execution }) => execution ?? [])}::uuid[]) and not exists (
      select from scheduler.tasks as task where task.execution = execution.id and task.requested is not null)`;
};

/** What removing logs needs. */
type Logs = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "list" | "delete"> };

/** Executions whose logs are removed in one turn of the loop; the rest follows in the next. */
const executionsPerTurn = 500;

/** Removes the logs and reasons of executions that are marked as forgotten. It can be repeated after a crash at any line. */
export const removeLogs = async ({ sql, objects }: Logs): Promise<void> => {
  const rows = await sql<{ id: string }[]>`
    select id from scheduler.executions
    where forgotten and state in ('succeeded', 'failed', 'cancelled') limit ${executionsPerTurn}`;
  for (const { id } of rows) {
    const logs: string[] = [];
    for await (const { key } of objects.list(logPrefix(id))) logs.push(key);
    await objects.delete(logs);
    await sql`update scheduler.attempts set log = null, reason = '' where execution = ${id}`;
    await sql`update scheduler.executions set forgotten = false, reason = '' where id = ${id}`;
  }
};
