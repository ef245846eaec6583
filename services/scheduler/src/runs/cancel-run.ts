import { transaction } from "@rollerblade/database";
import type { Scheduler } from "../scheduler.ts";
import type { runs } from "../schema.ts";
import { finishRuns } from "../tasks/count-outcomes.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";
import { wakeAll } from "../wake.ts";

type Run = typeof runs.$inferSelect;

/** Tasks of one transaction: a longer one would meet those that finish attempts again and again. */
const atOnce = 500;

/** Ends what a run has not finished. What is being published is finished first: it is done already. */
export const cancelRun = async (scheduler: Scheduler, run: string): Promise<void> => {
  await scheduler.sql`
    update scheduler.runs set state = 'open', cursor = null, reason = 'cancelled while slices were being fetched'
    where id = ${run} and state = 'collecting'`;
  while ((await cancelSome(scheduler, run)) === atOnce);
};

const cancelSome = (scheduler: Scheduler, run: string): Promise<number> =>
  transaction(scheduler.sql, async (tx) => {
    const tasks = await tx<{ id: string; execution: string | null }[]>`
      select id, execution from scheduler.tasks
      where run = ${run} and state in ('open', 'waiting') order by id limit ${atOnce} for update`;
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
    return tasks.length;
  });
