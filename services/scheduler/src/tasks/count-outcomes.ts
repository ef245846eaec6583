import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import type { AnyEmission } from "@rollerblade/events";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import { type RunRow, runsTable } from "../tables.gen.ts";
import type { FinishedTask } from "./task-events.ts";

/**
 * Adds finished tasks to the counts of their runs. Runs are updated in the order of their ids, so that two transactions that finish
 * tasks of the same runs wait for each other and never deadlock.
 * @returns the events of the runs that are finished by it
 */
export const countOutcomes = async (tx: Transaction, finished: readonly FinishedTask[]): Promise<AnyEmission[]> => {
  if (finished.length === 0) return [];
  const counts = [...Map.groupBy(finished, ({ run }) => run)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([run, tasks]) => ({ id: run, ...countByOutcome(tasks) }));
  const columns = columnsOf(
    runsTable,
    "id",
    "ran",
    "cached",
    "inPlace",
    "failed",
    "cancelled",
    "superseded",
    "notApplicable",
  );
  const updated = await tx<RunRow[]>`
    update scheduler.runs as run
    set ran = run.ran + more.ran, cached = run.cached + more.cached, in_place = run.in_place + more.in_place,
        failed = run.failed + more.failed, cancelled = run.cancelled + more.cancelled,
        superseded = run.superseded + more.superseded, not_applicable = run.not_applicable + more.not_applicable
    from ${recordset(tx, columns, counts)} as more
    where run.id = more.id
    returning run.*`;
  return (await finishRuns(tx, updated)).map(runFinished);
};

/**
 * Finishes those of the runs whose every task is final. A run that is still collecting slices is left alone, since more tasks may
 * come; it is passed here again with its last page.
 * @returns the finished ones, for whose events see {@link runFinished}
 */
export const finishRuns = async (tx: Transaction, runs: readonly RunRow[]): Promise<readonly RunRow[]> => {
  const done = runs.filter((run) => run.state === "open" && openTasks(run) === 0);
  if (done.length === 0) return [];
  return tx<RunRow[]>`
    update scheduler.runs set state = 'finished', finished_at = now()
    where id = any(${done.map(({ id }) => id)}::uuid[]) returning *`;
};

/** Counts the tasks of a run that are not final yet. They have no column of their own, so that no two numbers can disagree. */
export const openTasks = (run: RunRow): number =>
  run.total - run.ran - run.cached - run.inPlace - run.failed - run.cancelled - run.superseded - run.notApplicable;

/** Builds the event that a run has finished. */
export const runFinished = (run: RunRow): AnyEmission => ({
  topic: "run.finished",
  message: {
    run: run.id,
    analysis: run.analysis,
    version: run.version,
    ran: BigInt(run.ran),
    cached: BigInt(run.cached),
    inPlace: BigInt(run.inPlace),
    failed: BigInt(run.failed),
    cancelled: BigInt(run.cancelled),
    notApplicable: BigInt(run.notApplicable),
  },
  cause: contextFromTraceparent(run.traceparent),
});

const countByOutcome = (tasks: readonly FinishedTask[]) => {
  const count = (outcome: string): number => tasks.filter((task) => task.outcome === outcome).length;
  return {
    ran: count("ran"),
    cached: count("cached"),
    inPlace: count("in-place"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    superseded: count("superseded"),
    notApplicable: count("not-applicable"),
  };
};
