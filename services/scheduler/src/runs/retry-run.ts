import { transaction } from "@rollerblade/database";
import { wakeAll } from "../notifications.ts";
import type { Scheduler } from "../scheduler.ts";
import { stoppedByTombstones } from "../tasks/tombstones.ts";

/**
 * Opens what failed or was cancelled in a run once more. The tasks stay the same ones: whoever waits for their decision hears
 * a second answer with a higher revision. Slices without inputs, and those of what was withdrawn, stay as they are.
 */
export const retryRun = ({ sql }: Scheduler, run: string): Promise<void> =>
  transaction(sql, async (tx) => {
    const ended = await tx<{ id: string }[]>`
      select id from scheduler.tasks
      where run = ${run} and state = 'final' and outcome in ('failed', 'cancelled') and requested is not null
      order by id for update`;
    const ids = ended.map(({ id }) => id);
    const gone = new Set(await stoppedByTombstones(tx, ids));
    const opened = await tx<{ outcome: string }[]>`
      with again as (
        select id, outcome from scheduler.tasks where id = any(${ids.filter((id) => !gone.has(id))}::uuid[]))
      update scheduler.tasks as task
      set state = 'open', outcome = null, reason = '', execution = null, reuse = false, finished_at = null
      from again where task.id = again.id
      returning again.outcome`;
    const count = (outcome: string): number => opened.filter((task) => task.outcome === outcome).length;
    await tx`
      update scheduler.runs
      set failed = failed - ${count("failed")}, cancelled = cancelled - ${count("cancelled")},
        state = case when ${opened.length} > 0 then 'open' else state end,
        finished_at = case when ${opened.length} > 0 then null else finished_at end
      where id = ${run}`;
    await wakeAll(tx, "plan");
  });
