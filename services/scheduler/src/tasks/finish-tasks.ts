import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { causeOf } from "@rollerblade/errors";
import type { AnyEmission, Cause, ServiceEvents } from "@rollerblade/events";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import type { SchedulerMetrics } from "../metrics.ts";
import type { Outcome } from "../schema.ts";
import { storableText } from "../storable-text.ts";
import { tasksTable } from "../tables.gen.ts";
import { countOutcomes } from "./count-outcomes.ts";
import { dropUnmade } from "./drop-unmade.ts";
import { type FinishedTask, taskFinished } from "./task-events.ts";

/** What finishing tasks needs beside a transaction: an outbox for the events, and a counter. */
export type TaskFinishing = {
  readonly events: Pick<ServiceEvents, "emitAll">;
  readonly metrics: Pick<SchedulerMetrics, "taskFinished">;
};

/** The end of one task. */
export type TaskEnd = {
  readonly task: string;
  readonly outcome: Outcome;
  /** For people; empty when all is well. */
  readonly reason: string;
  /** Ids of the derivatives that hold its outputs. */
  readonly derivatives: readonly string[];
  /** The execution whose end this is, when the task never had to wait for one. */
  readonly reused?: string;
  /** The span that led to this end. @default the trace of whoever requested the task */
  readonly cause?: Cause;
};

/** Outcomes of tasks whose outputs lie at their names. */
const successes: ReadonlySet<Outcome> = new Set(["ran", "cached", "in-place"]);

/** Characters of a reason that are kept. A task is shown in lists; the attempt keeps a longer one and the log has it all. */
const maxReasonLength = 2_000;

/** Characters of a cause that are kept: an entry of an index has 2704 bytes at most, and a character up to four. */
const maxCauseLength = 500;

/**
 * Makes tasks final, adds them to the counts of their runs, and emits `task.finished` for each and `run.finished` for the runs that
 * are finished by it, and `derivative.dropped` for what a success no longer made. A task that is final already stays as it is, so callers may race: the first end counts.
 * @param first events that are emitted before these, in the same statement
 * @returns what was finished here
 */
export const finishTasks = async (
  { events, metrics }: TaskFinishing,
  tx: Transaction,
  ends: readonly TaskEnd[],
  first: readonly AnyEmission[] = [],
): Promise<readonly FinishedTask[]> => {
  if (ends.length === 0) return [];
  const rows = ends.map(({ task, outcome, reason, derivatives, reused = null }) => ({
    id: task,
    outcome,
    reason: storableText(reason, maxReasonLength),
    cause: outcome === "failed" ? storableText(causeOf(reason), maxCauseLength) : "",
    derivatives,
    execution: reused,
  }));
  const columns = columnsOf(tasksTable, "id", "outcome", "reason", "cause", "derivatives", "execution");
  const finished = await tx<FinishedTask[]>`
    update scheduler.tasks as task
    set state = 'final', outcome = ended.outcome, reason = ended.reason, cause = ended.cause, derivatives = ended.derivatives,
        execution = coalesce(ended.execution, task.execution), reuse = task.reuse or ended.execution is not null,
        revision = task.revision + 1, finished_at = now(), lease_owner = null, lease_until = null
    from ${recordset(tx, columns, rows)} as ended
    where task.id = ended.id and task.state <> 'final'
    returning task.id, task.run, task.decision, task.document, task.round, task.slice, task.analysis, task.version,
      task.outcome, task.reason, task.key, task.derivatives, task.revision, task.traceparent, task.execution`;
  const causes = new Map(ends.flatMap(({ task, cause }) => (cause === undefined ? [] : [[task, cause] as const])));
  const emissions: AnyEmission[] = finished.map((task) => ({
    topic: "task.finished",
    message: taskFinished(task),
    cause: causes.get(task.id) ?? contextFromTraceparent(task.traceparent),
  }));
  const dropped = await dropUnmade(
    tx,
    finished.filter(({ outcome }) => successes.has(outcome)).map(({ id }) => id),
  );
  await events.emitAll(tx, [...first, ...dropped, ...emissions, ...(await countOutcomes(tx, finished))]);
  for (const { outcome } of finished) metrics.taskFinished(outcome);
  return finished;
};
