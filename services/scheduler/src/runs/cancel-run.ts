import { type Sql, type Transaction, transaction } from "@rollerblade/database";
import { notifyLoops } from "../notifications.ts";
import { storableText } from "../storable-text.ts";
import type { RunRow } from "../tables.gen.ts";
import { finishRuns, runFinished } from "../tasks/count-outcomes.ts";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";

/** What cancelling a run needs. */
type Cancelling = TaskFinishing & { readonly sql: Sql };

/** Characters of the reason of a run: it quotes the last words of a program. */
const maxReasonLength = 1_000;

/** Tasks that one transaction cancels. A longer one would hold locks that many finishing attempts wait for. */
const tasksPerTransaction = 500;

/** Why a run ends, in the run itself and in its tasks. */
export type CancelReason = { readonly run: string; readonly task: string };

/**
 * Cancels what a run has not finished, and finishes the run. A task whose outputs are being published is left to finish: its work is
 * done already. A run whose slices are still being collected stops collecting first.
 */
export const cancelRun = async (scheduler: Cancelling, run: string, why?: CancelReason): Promise<void> => {
  if (why === undefined)
    await scheduler.sql`
      update scheduler.runs set state = 'open', cursor = null, reason = 'cancelled while slices were being fetched'
      where id = ${run} and state = 'collecting'`;
  else
    await scheduler.sql`
      update scheduler.runs set state = 'open', cursor = null, reason = ${storableText(why.run, maxReasonLength)}
      where id = ${run} and state <> 'finished'`;
  const reason = why?.task ?? "the run was cancelled";
  while (await hasUnfinished(scheduler, run)) await cancelSome(scheduler, run, reason);
  // Once more without tasks: a run that has none at all is finished here.
  await cancelSome(scheduler, run, reason);
};

const hasUnfinished = async ({ sql }: Pick<Cancelling, "sql">, run: string): Promise<boolean> =>
  (await sql`select from scheduler.tasks where run = ${run} and state in ('open', 'waiting') limit 1`).length > 0;

const cancelSome = (scheduler: Cancelling, run: string, reason: string): Promise<void> =>
  transaction(scheduler.sql, async (tx) => {
    const tasks = await lockSome(tx, run);
    await finishTasks(
      scheduler,
      tx,
      tasks.map(({ id }) => ({ task: id, outcome: "cancelled", reason, derivatives: [] })),
    );
    await releaseExecutions(
      tx,
      tasks.map(({ execution }) => execution),
    );
    const rows = await tx<RunRow[]>`select * from scheduler.runs where id = ${run} for update`;
    await scheduler.events.emitAll(tx, (await finishRuns(tx, rows)).map(runFinished));
    await notifyLoops(tx, "dispatch", "sweep");
  });

type LockedTask = { readonly id: string; readonly execution: string | null };

/** Locks executions before their tasks, in the order in which attempts are finished, so that neither waits for the other in a ring. */
const lockSome = async (tx: Transaction, run: string): Promise<readonly LockedTask[]> => {
  const found = await tx<LockedTask[]>`
    select id, execution from scheduler.tasks
    where run = ${run} and state in ('open', 'waiting') order by id limit ${tasksPerTransaction}`;
  await tx`
    select id from scheduler.executions
    where id = any(${found.flatMap(({ execution }) => execution ?? [])}::uuid[]) order by id for update`;
  return tx<LockedTask[]>`
    select id, execution from scheduler.tasks
    where id = any(${found.map(({ id }) => id)}::uuid[]) and state in ('open', 'waiting') order by id for update`;
};
