import { type Sql, transaction } from "@rollerblade/database";
import { notifyLoops } from "../notifications.ts";
import { stoppedByTombstones } from "../tasks/tombstones.ts";

/** What of a run is tried again, and with what. */
export type RetryOptions = {
  /** Only failures that have this cause; see `causeOf`. @default everything that failed or was cancelled */
  readonly cause?: string | undefined;
  /** Bytes that attempts begin with, where that is more than the manifest states. @default as before */
  readonly memory?: number | undefined;
};

/**
 * Opens again the tasks of a run that failed or were cancelled. They stay the same tasks, so whoever waits for their decisions
 * receives a second `task.finished` with a higher revision. Tasks without inputs, and those of what was withdrawn, stay final.
 */
export const retryRun = (sql: Sql, run: string, { cause, memory }: RetryOptions = {}): Promise<void> =>
  transaction(sql, async (tx) => {
    const ended = await tx<{ id: string }[]>`
      select id from scheduler.tasks
      where run = ${run} and state = 'final' and outcome in ('failed', 'cancelled') and requested is not null
        ${cause === undefined ? tx`` : tx`and outcome = 'failed' and cause = ${cause}`}
      order by id for update`;
    const ids = ended.map(({ id }) => id);
    const withdrawn = new Set(await stoppedByTombstones(tx, ids));
    // The outcome that a task had is gone after the update, so it is read beside it.
    const opened = await tx<{ outcome: string }[]>`
      with again as (
        select id, outcome from scheduler.tasks where id = any(${ids.filter((id) => !withdrawn.has(id))}::uuid[]))
      update scheduler.tasks as task
      set state = 'open', outcome = null, reason = '', cause = '', execution = null, reuse = false, finished_at = null,
        memory = coalesce(${memory ?? null}::bigint, task.memory)
      from again where task.id = again.id
      returning again.outcome`;
    const count = (outcome: string): number => opened.filter((task) => task.outcome === outcome).length;
    await tx`
      update scheduler.runs
      set reason = case when ${opened.length} > 0 then '' else reason end, failed = failed - ${count("failed")}, cancelled = cancelled - ${count("cancelled")},
        state = case when ${opened.length} > 0 then 'open' else state end,
        finished_at = case when ${opened.length} > 0 then null else finished_at end
      where id = ${run}`;
    await notifyLoops(tx, "plan");
  });
