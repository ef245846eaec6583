import type { JsonObject } from "@rollerblade/abids";
import type { Scheduler } from "../scheduler.ts";
import type { Task } from "../tasks/task-row.ts";

/** A task whose outputs exist, with all that publishing them needs. */
export type Publication = Task & {
  /** Key of the outputs' content, by output. */
  readonly outputs: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
  readonly parameters: JsonObject;
  /** Span of the attempt that made the outputs, when this task is the one that it was run for. */
  readonly attemptTrace: string | null;
};

/** Takes tasks to publish that nobody alive has in hand, those first that were decided first. */
export const claimPublications = async (scheduler: Scheduler, limit: number): Promise<Publication[]> => {
  const { sql, replica, config } = scheduler;
  return sql<Publication[]>`
    with taken as (
      update scheduler.tasks
      set lease_owner = ${replica}, lease_until = now() + ${config.leaseSeconds} * interval '1 second'
      where id in (
        select id from scheduler.tasks
        where state = 'publishing' and (lease_until is null or lease_until < now())
        order by sequence limit ${limit} for update skip locked)
      returning *)
    select taken.*, run.parameters, coalesce(made.outputs, '[]') as outputs, attempt.traceparent as attempt_trace
    from taken
    join scheduler.runs as run on run.id = taken.run
    left join lateral (
      select jsonb_agg(jsonb_build_object('name', name, 'size', size, 'sha256', sha256) order by name) as outputs
      from scheduler.outputs where outputs.execution = taken.execution) as made on true
    left join lateral (
      select traceparent from scheduler.attempts
      where attempts.execution = taken.execution and outcome = 'succeeded' and not taken.reuse
        and split_part(attempts.traceparent, '-', 2) = split_part(taken.traceparent, '-', 2)
      limit 1) as attempt on true
    order by taken.sequence`;
};

/** Says that we live, for publications in hand. */
export const renewPublications = async (
  { sql, replica, config }: Scheduler,
  tasks: readonly string[],
): Promise<void> => {
  if (tasks.length === 0) return;
  await sql`
    update scheduler.tasks set lease_until = now() + ${config.leaseSeconds} * interval '1 second'
    where id = any(${[...tasks]}::uuid[]) and lease_owner = ${replica} and state = 'publishing'`;
};

/** Puts a publication back: it is taken up again after so many seconds. */
export const postpone = async ({ sql, replica }: Scheduler, task: string, seconds: number): Promise<void> => {
  await sql`
    update scheduler.tasks set lease_owner = null, lease_until = now() + ${seconds} * interval '1 second'
    where id = ${task} and lease_owner = ${replica} and state = 'publishing'`;
};
