import type { JsonObject } from "@rollerblade/abids";
import type { RequestedSlice } from "@rollerblade/analysis";
import type { Sql } from "@rollerblade/database";
import { wakeAll } from "../../notifications.ts";
import { asRecords, storableText } from "../../rows.ts";
import type { AttemptReport } from "../../schema.ts";
import type { Place } from "./cluster-view.ts";

/** Longest message of the cluster that is kept, in characters. */
const longestWord = 1_000;

/** Gives attempts their places, before the Job is made: whoever dies in between is found out. */
export const writePlaces = async (
  sql: Sql,
  replica: string,
  job: string,
  attempts: readonly string[],
): Promise<void> => {
  const rows = attempts.map((id, index) => ({ id, index }));
  await sql`
    update scheduler.attempts as attempt set job = ${job}, job_index = row.index
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb) as row(id uuid, index int)
    where attempt.id = row.id and attempt.state = 'running' and attempt.lease_owner = ${replica}`;
};

/** Where an attempt is, and what its Pod has said. */
export type PlacedRow = { readonly id: string; readonly place: Place | null; readonly report: AttemptReport | null };

type Row = {
  readonly id: string;
  readonly job: string | null;
  readonly jobIndex: number | null;
  readonly report: AttemptReport | null;
};

/** Reads what the table knows of attempts. */
export const readPlaces = async (sql: Sql, attempts: readonly string[]): Promise<PlacedRow[]> => {
  const rows = await sql<Row[]>`
    select id, job, job_index, report from scheduler.attempts where id = any(${[...attempts]}::uuid[])`;
  return rows.map(({ id, job, jobIndex, report }) => ({
    id,
    place: job === null || jobIndex === null ? null : { job, index: jobIndex },
    report,
  }));
};

/** The reports that came in for attempts of one replica and have not been acted on. */
export const readReports = (sql: Sql, replica: string): PromiseLike<{ id: string; report: AttemptReport }[]> => sql<
  { id: string; report: AttemptReport }[]
>`
  select id, report from scheduler.attempts where lease_owner = ${replica} and state = 'running' and report is not null`;

/** Keeps reports, the first one of each attempt, and wakes the other replica that takes care of it. */
export const writeReports = async (
  sql: Sql,
  replica: string,
  reports: readonly { readonly attempt: string; readonly report: AttemptReport }[],
): Promise<void> => {
  const kept = await sql<{ owner: string | null }[]>`
    update scheduler.attempts as attempt set report = row.report
    from jsonb_to_recordset(${asRecords(reports)}::text::jsonb) as row(attempt uuid, report jsonb)
    where attempt.id = row.attempt and attempt.state = 'running' and attempt.report is null
    returning attempt.lease_owner as owner`;
  if (kept.some(({ owner }) => owner !== replica)) await wakeAll(sql, "report");
};

/** Writes down why attempts do not run yet. */
export const writeWaiting = async (sql: Sql, words: ReadonlyMap<string, string>): Promise<void> => {
  const rows = [...words].map(([id, why]) => ({ id, why: storableText(why, longestWord) }));
  await sql`
    update scheduler.attempts as attempt set waiting = row.why
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb) as row(id uuid, why text)
    where attempt.id = row.id and attempt.state = 'running' and attempt.waiting <> row.why`;
};

/** Jobs in which something still runs, apart from some attempts. */
export const jobsInUse = async (
  sql: Sql,
  jobs: readonly string[],
  apartFrom: readonly string[] = [],
): Promise<ReadonlySet<string>> => {
  const rows = await sql<{ job: string }[]>`
    select distinct job from scheduler.attempts
    where job = any(${[...jobs]}::text[]) and state = 'running' and id <> all(${[...apartFrom]}::uuid[])`;
  return new Set(rows.map(({ job }) => job));
};

/** The attempt that a Pod is for, with its slice. */
export type PodAttempt = {
  readonly attempt: string;
  readonly execution: string;
  readonly running: boolean;
  readonly analysis: string;
  readonly version: string;
  readonly parameters: JsonObject;
  readonly requested: RequestedSlice;
};

/** The attempts at places, in their order; undefined where there is none. */
export const readPodAttempts = async (
  sql: Sql,
  places: readonly Place[],
): Promise<readonly (PodAttempt | undefined)[]> => {
  const rows = await sql<(PodAttempt & { ordinal: number })[]>`
    select place.ordinal::int as ordinal, attempt.id as attempt, attempt.execution,
      attempt.state = 'running' and not execution.cancel_requested as running,
      execution.analysis, execution.version, execution.parameters, task.requested
    from unnest(${places.map(({ job }) => job)}::text[], ${places.map(({ index }) => index)}::int[])
      with ordinality as place(job, job_index, ordinal)
    join scheduler.attempts as attempt on attempt.job = place.job and attempt.job_index = place.job_index
    join scheduler.executions as execution on execution.id = attempt.execution
    join lateral (
      select requested from scheduler.tasks
      where tasks.execution = attempt.execution and requested is not null
      order by (state = 'waiting') desc, sequence limit 1) as task on true`;
  const found = new Map(rows.map(({ ordinal, ...attempt }) => [ordinal, attempt]));
  return places.map((_, index) => found.get(index + 1));
};
