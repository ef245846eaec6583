import { transaction } from "@rollerblade/database";
import type { Scheduler } from "../scheduler.ts";
import type { runs } from "../schema.ts";
import { finishRuns } from "../tasks/count-outcomes.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";
import { wakeAll } from "../wake.ts";

type Run = typeof runs.$inferSelect;

/** Ends what a run has not finished. What is being published is finished first: it is done already. */
export const cancelRun = (scheduler: Scheduler, run: string): Promise<void> =>
  transaction(scheduler.sql, async (tx) => {
    await tx`
      update scheduler.runs set state = 'open', cursor = null, reason = 'cancelled while slices were being fetched'
      where id = ${run} and state = 'collecting'`;
    const tasks = await tx<{ id: string; execution: string | null }[]>`
      select id, execution from scheduler.tasks
      where run = ${run} and state in ('open', 'waiting') order by id for update`;
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
