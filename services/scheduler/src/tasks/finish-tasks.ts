import type { Transaction } from "@rollerblade/database";
import type { AnyEmission, Cause } from "@rollerblade/events";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import { asRecords, storableText } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Outcome } from "../schema.ts";
import { countOutcomes } from "./count-outcomes.ts";
import { type FinishedTask, taskFinished } from "./task-events.ts";

/** The end of one task. */
export type TaskEnd = {
  readonly task: string;
  readonly outcome: Outcome;
  /** For people; empty when all is well. */
  readonly reason: string;
  /** Ids of what holds its outputs. */
  readonly derivatives: readonly string[];
  /** Whose outputs these are, of a task that never had to wait for it. */
  readonly reused?: string;
  /** The span that led to it. @default the trace of whoever asked for it */
  readonly cause?: Cause;
};

/** Longest reason that is kept, in characters. */
const longestReason = 2_000;

/**
 * Makes tasks final, counts them for their runs, and says so. A task that is final already stays as it is.
 * @param first events that are said before these
 * @returns what was finished here
 */
export const finishTasks = async (
  { events, metrics }: Pick<Scheduler, "events" | "metrics">,
  tx: Transaction,
  ends: readonly TaskEnd[],
  first: readonly AnyEmission[] = [],
): Promise<readonly FinishedTask[]> => {
  if (ends.length === 0) return [];
  const rows = ends.map(({ cause: _, ...end }) => ({ ...end, reason: storableText(end.reason, longestReason) }));
  const finished = await tx<FinishedTask[]>`
    update scheduler.tasks as task
    set state = 'final', outcome = ended.outcome, reason = ended.reason, derivatives = ended.derivatives,
        execution = coalesce(ended.reused, task.execution), reuse = task.reuse or ended.reused is not null,
        revision = task.revision + 1, finished_at = now(), lease_owner = null, lease_until = null
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb)
      as ended(task uuid, outcome text, reason text, derivatives uuid[], reused uuid)
    where task.id = ended.task and task.state <> 'final'
    returning task.id, task.run, task.decision, task.document, task.round, task.slice, task.analysis, task.version,
      task.outcome, task.reason, task.key, task.derivatives, task.revision, task.traceparent, task.execution`;
  const causes = new Map(ends.flatMap(({ task, cause }) => (cause === undefined ? [] : [[task, cause] as const])));
  const emissions: AnyEmission[] = finished.map((task) => ({
    topic: "task.finished",
    message: taskFinished(task),
    cause: causes.get(task.id) ?? contextFromTraceparent(task.traceparent),
  }));
  await events.emitAll(tx, [...first, ...emissions, ...(await countOutcomes(tx, finished))]);
  for (const { outcome } of finished) metrics.taskFinished(outcome);
  return finished;
};
