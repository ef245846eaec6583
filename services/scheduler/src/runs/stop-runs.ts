import type { Sql } from "@rollerblade/database";
import { transaction } from "@rollerblade/database";
import { causeOf } from "@rollerblade/errors";
import type { AttemptOutcome } from "@rollerblade/executors";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";
import { cancelRun } from "./cancel-run.ts";

/** What stopping runs needs. */
type Stopping = TaskFinishing & {
  readonly sql: Sql;
  readonly config: { readonly stopAfterFailures: number };
};

/**
 * Outcomes that say something of the analysis. Memory grows with the next attempt, a verdict on the input says nothing of the next
 * slice, and what was away may come back.
 */
const ofTheAnalysis: readonly AttemptOutcome[] = ["failed", "non-retryable", "bad-output", "timed-out", "out-of-disk"];

/**
 * Ends the runs of people whose first slices all failed with the same message, whatever numbers, paths and names stand in these: a
 * mistake in the code would fail at every other slice, too, as often as its policy allows. What has failed fails, the rest is
 * cancelled, and the run states why.
 */
export const stopRuns = async (scheduler: Stopping): Promise<void> => {
  const { stopAfterFailures } = scheduler.config;
  if (stopAfterFailures === 0) return;
  const runs = await scheduler.sql<{ id: string }[]>`
    select id from scheduler.runs
    where state <> 'finished' and stops_early and ran = 0 and total >= ${stopAfterFailures}`;
  for (const { id } of runs) await stopRun(scheduler, id, stopAfterFailures);
};

const stopRun = async (scheduler: Stopping, run: string, slices: number): Promise<void> => {
  const failures = await readFailures(scheduler.sql, run, slices);
  const causes = new Set(failures.map(({ reason }) => causeOf(reason)));
  const [first] = failures;
  if (first === undefined || failures.length < slices || causes.size > 1) return;
  await transaction(scheduler.sql, async (tx) => {
    // Executions before their tasks, in the order in which attempts are finished.
    await tx`
      select id from scheduler.executions where id = any(${failures.map(({ execution }) => execution)}::uuid[])
      order by id for update`;
    const tasks = await tx<{ id: string; execution: string }[]>`
      select id, execution from scheduler.tasks
      where run = ${run} and execution = any(${failures.map(({ execution }) => execution)}::uuid[]) and state = 'waiting'
      order by id for update`;
    const reasons = new Map(failures.map(({ execution, reason }) => [execution, reason]));
    await finishTasks(
      scheduler,
      tx,
      tasks.map(({ id, execution }) => ({
        task: id,
        outcome: "failed",
        reason: reasons.get(execution) ?? first.reason,
        derivatives: [],
      })),
    );
    await releaseExecutions(
      tx,
      tasks.map(({ execution }) => execution),
    );
  });
  await cancelRun(scheduler, run, {
    run: `stopped: its first ${slices} slices all failed with the same message: ${first.reason}`,
    task: "the run was stopped: its first slices all failed with the same message",
  });
};

/** A slice of a run that has failed at least once. */
type Failure = { readonly execution: string; readonly reason: string };

/**
 * The last failure of each of the first slices that were executed for a run; none once one of its executions has come further, or has
 * failed in another way.
 */
const readFailures = (sql: Sql, run: string, slices: number): PromiseLike<Failure[]> => sql<Failure[]>`
  with executed as (
    select distinct on (attempt.execution) attempt.execution, attempt.reason, attempt.outcome
    from scheduler.tasks as task join scheduler.attempts as attempt on attempt.execution = task.execution
    where task.run = ${run} and not task.reuse and attempt.state = 'ended' and attempt.outcome <> 'cancelled'
    order by attempt.execution, attempt.number desc)
  select execution, reason from executed
  where not exists (select from executed as other where not other.outcome = any(${[...ofTheAnalysis]}::text[]))
  order by execution limit ${slices}`;
