import { type Transaction, transaction } from "@rollerblade/database";
import { wakeAll } from "../notifications.ts";
import type { Scheduler } from "../scheduler.ts";
import type { runs } from "../schema.ts";
import { finishRuns } from "../tasks/count-outcomes.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";

type Run = typeof runs.$inferSelect;

/** Tasks of one transaction: a longer one would meet those that finish attempts again and again. */
const atOnce = 500;

/** Ends what a run has not finished. What is being published is finished first: it is done already. */
export const cancelRun = async (scheduler: Scheduler, run: string): Promise<void> => {
  await scheduler.sql`
    update scheduler.runs set state = 'open', cursor = null, reason = 'cancelled while slices were being fetched'
    where id = ${run} and state = 'collecting'`;
  while (await hasUnfinished(scheduler, run)) await cancelSome(scheduler, run);
  await cancelSome(scheduler, run);
};

const hasUnfinished = async ({ sql }: Scheduler, run: string): Promise<boolean> =>
  (await sql`select from scheduler.tasks where run = ${run} and state in ('open', 'waiting') limit 1`).length > 0;

const cancelSome = (scheduler: Scheduler, run: string): Promise<void> =>
  transaction(scheduler.sql, async (tx) => {
    const tasks = await lockSome(tx, run);
    await finishTasks(
      scheduler,
      tx,
      tasks.map(({ id }) => ({ task: id, outcome: "cancelled", reason: "the run was cancelled", derivatives: [] })),
    );
    await releaseExecutions(
      tx,
      tasks.map(({ execution }) => execution),
    );
    const rows = await tx<Run[]>`select * from scheduler.runs where id = ${run} for update`;
    await scheduler.events.emitAll(tx, await finishRuns(tx, rows));
    await wakeAll(tx, "dispatch", "sweep");
  });

type Locked = { readonly id: string; readonly execution: string | null };

/** Tasks that are not final, and their executions first: whoever finishes attempts locks in the same order, and neither waits for the other. */
const lockSome = async (tx: Transaction, run: string): Promise<readonly Locked[]> => {
  const seen = await tx<Locked[]>`
    select id, execution from scheduler.tasks
    where run = ${run} and state in ('open', 'waiting') order by id limit ${atOnce}`;
  await tx`
    select id from scheduler.executions
    where id = any(${seen.flatMap(({ execution }) => execution ?? [])}::uuid[]) order by id for update`;
  return tx<Locked[]>`
    select id, execution from scheduler.tasks
    where id = any(${seen.map(({ id }) => id)}::uuid[]) and state in ('open', 'waiting') order by id for update`;
};
