import type { JsonObject } from "@rollerblade/abids";
import type { LeaseHolder } from "../replica.ts";
import type { OutputRow, TaskRow } from "../tables.gen.ts";

/** A task whose outputs exist, with all that publishing them needs. */
export type Publication = TaskRow & {
  /** What the execution wrote, by name of the output. */
  readonly outputs: readonly Pick<OutputRow, "name" | "size" | "sha256" | "metadata">[];
  readonly parameters: JsonObject;
  /** Whether it was executed anew on demand. */
  readonly force: boolean;
  /** Span of the attempt that made the outputs; null for a task that shares them with the one that they were made for. */
  readonly attemptTrace: string | null;
};

/**
 * Leases tasks that are to be published and that no living replica has, in the order of their sequences, so that of two tasks for
 * one name the later decision usually comes last.
 */
export const claimPublications = async (
  { sql, replica, config }: LeaseHolder,
  limit: number,
): Promise<Publication[]> => sql<Publication[]>`
  with taken as (
    update scheduler.tasks
    set lease_owner = ${replica}, lease_until = now() + ${config.leaseSeconds} * interval '1 second'
    where id in (
      select id from scheduler.tasks
      where state = 'publishing' and (lease_until is null or lease_until < now())
      order by sequence limit ${limit} for update skip locked)
    returning *)
  select taken.*, run.parameters, run.force, coalesce(made.outputs, '[]') as outputs, attempt.traceparent as attempt_trace
  from taken
  join scheduler.runs as run on run.id = taken.run
  left join lateral (
    select jsonb_agg(jsonb_build_object('name', name, 'size', size, 'sha256', sha256, 'metadata', metadata) order by name) as outputs
    from scheduler.outputs where outputs.execution = taken.execution) as made on true
  left join lateral (
    select traceparent from scheduler.attempts
    where attempts.execution = taken.execution and outcome = 'succeeded' and not taken.reuse
      and split_part(attempts.traceparent, '-', 2) = split_part(taken.traceparent, '-', 2)
    limit 1) as attempt on true
  order by taken.sequence`;

/** Renews the leases of publications that are in flight here. */
export const renewPublications = async (
  { sql, replica, config }: LeaseHolder,
  tasks: readonly string[],
): Promise<void> => {
  if (tasks.length === 0) return;
  await sql`
    update scheduler.tasks set lease_until = now() + ${config.leaseSeconds} * interval '1 second'
    where id = any(${[...tasks]}::uuid[]) and lease_owner = ${replica} and state = 'publishing'`;
};

/** Gives a publication back: nobody has its lease, and it can be claimed again after so many seconds. */
export const postponePublication = async (
  { sql, replica }: Pick<LeaseHolder, "sql" | "replica">,
  task: string,
  seconds: number,
): Promise<void> => {
  await sql`
    update scheduler.tasks set lease_owner = null, lease_until = now() + ${seconds} * interval '1 second'
    where id = ${task} and lease_owner = ${replica} and state = 'publishing'`;
};
