import type { Transaction } from "@rollerblade/database";
import type { AnyEmission } from "@rollerblade/events";
import { contextFromTraceparent } from "@rollerblade/telemetry";

/** A derivative in force that the latest success of its slice did not make. */
type Unmade = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly task: string;
  readonly traceparent: string;
};

/**
 * Emits `derivative.dropped` for what an earlier execution made of the same slice (same analysis, version and parameters) and the latest
 * one did not: an optional output that is no longer made, or one that has another name now. Nothing takes its name, so nothing else
 * would end it. A task that is finished after a later one has ended gives way to that one.
 * @param finished ids of tasks that have ended well in this transaction
 */
export const dropUnmade = async (tx: Transaction, finished: readonly string[]): Promise<AnyEmission[]> => {
  if (finished.length === 0) return [];
  const rows = await tx<Unmade[]>`
    with own as (select * from scheduler.tasks where id = any(${[...finished]}::uuid[])),
    latest as (
      select distinct on (own.id) success.*
      from own cross join lateral (
        select own.*
        union all
        (select task.* from scheduler.tasks as task
        where task.document = own.document and task.rule = own.rule and task.slice_key = own.slice_key
          and task.analysis = own.analysis and task.version = own.version and task.parameters_hash = own.parameters_hash
          and task.state = 'final' and task.outcome in ('ran', 'cached', 'in-place')
        order by task.decided desc limit 1)) as success
      order by own.id, success.sequence desc)
    select distinct on (derivative.id) derivative.id, derivative.dataset, derivative.path, latest.id as task, latest.traceparent
    from latest join scheduler.derivatives as derivative
      on derivative.dataset = latest.dataset and derivative.state = 'in-force'
      and coalesce(derivative.slice ->> 'subject', '') = coalesce(latest.slice ->> 'subject', '')
      and derivative.slice = latest.slice and derivative.analysis = latest.analysis and derivative.version = latest.version
      and derivative.parameters_hash = latest.parameters_hash
      and derivative.sequence <= latest.sequence and not derivative.id = any(latest.derivatives)
    order by derivative.id`;
  return rows.map(({ traceparent, ...message }) => ({
    topic: "derivative.dropped",
    message,
    cause: contextFromTraceparent(traceparent),
  }));
};
