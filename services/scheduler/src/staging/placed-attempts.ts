import { logKey } from "@rollerblade/abids/bucket-layout";
import { columnsOf, recordset, type Sql } from "@rollerblade/database";
import type { AttemptReport } from "@rollerblade/executors";
import type { AttemptRecord, Notes, Place, Places, Reports } from "@rollerblade/executors/kubernetes";
import type { ObjectStore } from "@rollerblade/object-store";
import { createBatcher } from "../batcher.ts";
import { notifyLoops } from "../notifications.ts";
import { storableText } from "../storable-text.ts";
import { attemptsTable } from "../tables.gen.ts";
import { findReport } from "./find-report.ts";

/** What the records of attempts are kept with. */
type Parts = { readonly sql: Sql; readonly replica: string; readonly objects: ObjectStore };

/** Longest message of the cluster that is kept, in characters. */
const maxReasonLength = 1_000;

/** Attempts that one statement reads, and reports that one statement writes. */
const maxReads = 1_000;
const maxReports = 500;

/** The places of attempts, as columns of `scheduler.attempts`. */
export const createPlaces = ({ sql, replica }: Parts): Places => ({
  async write(job, attempts) {
    const rows = attempts.map((id, jobIndex) => ({ id, jobIndex }));
    await sql`
      update scheduler.attempts as attempt set job = ${job}, job_index = placed.job_index
      from ${recordset(sql, columnsOf(attemptsTable, "id", "jobIndex"), rows)} as placed
      where attempt.id = placed.id and attempt.state = 'running' and attempt.lease_owner = ${replica}`;
  },
  // A replica that takes over from a dead one adopts thousands of attempts at once.
  read: createBatcher({ maxItems: maxReads }, async (ids: readonly string[]) => {
    const rows = await sql<PlacedRow[]>`
      select id, job, job_index, report from scheduler.attempts where id = any(${[...ids]}::uuid[])`;
    const found = new Map(rows.map((row) => [row.id, recordOf(row)]));
    return ids.map((id) => found.get(id));
  }),
  async jobsInUse(jobs, apartFrom = []) {
    const rows = await sql<{ job: string }[]>`
      select distinct job from scheduler.attempts
      where job = any(${[...jobs]}::text[]) and state = 'running' and id <> all(${[...apartFrom]}::uuid[])`;
    return new Set(rows.map(({ job }) => job));
  },
});

type PlacedRow = {
  readonly id: string;
  readonly job: string | null;
  readonly jobIndex: number | null;
  readonly report: AttemptReport | null;
};

const recordOf = ({ job, jobIndex, report }: PlacedRow): AttemptRecord => {
  const place: Place | null = job === null || jobIndex === null ? null : { job, index: jobIndex };
  return { place, report };
};

/** The reports of Pods: the first one of each attempt is kept, and another replica that takes care of it is notified. */
export const createReports = ({ sql, replica, objects }: Parts): Reports => {
  const keep = createBatcher(
    { maxItems: maxReports },
    async (reports: readonly { readonly id: string; readonly report: AttemptReport }[]) => {
      const kept = await sql<{ owner: string | null }[]>`
        update scheduler.attempts as attempt set report = reported.report
        from ${recordset(sql, columnsOf(attemptsTable, "id", "report"), reports)} as reported
        where attempt.id = reported.id and attempt.state = 'running' and attempt.report is null
        returning attempt.lease_owner as owner`;
      if (kept.some(({ owner }) => owner !== replica)) await notifyLoops(sql, "report");
      return reports.map(() => undefined);
    },
  );
  return {
    keep: (attempt, report) => keep({ id: attempt, report }),
    read: async () => sql<{ id: string; report: AttemptReport }[]>`
      select id, report from scheduler.attempts
      where lease_owner = ${replica} and state = 'running' and report is not null`,
    find: (attempt) => findReport(objects, attempt),
  };
};

/** Why attempts wait, as a column of `scheduler.attempts`; their logs, as objects that the same row names. */
export const createNotes = ({ sql, objects }: Parts): Notes => ({
  async writeWaiting(reasons) {
    const rows = [...reasons].map(([id, reason]) => ({ id, waiting: storableText(reason, maxReasonLength) }));
    await sql`
      update scheduler.attempts as attempt set waiting = noted.waiting
      from ${recordset(sql, columnsOf(attemptsTable, "id", "waiting"), rows)} as noted
      where attempt.id = noted.id and attempt.state = 'running' and attempt.waiting <> noted.waiting`;
  },
  async writeLog({ id, execution }, text) {
    const [row] = await sql<{ number: number }[]>`select number from scheduler.attempts where id = ${id}`;
    if (row === undefined) return;
    const key = logKey(execution, row.number);
    await objects.put(key, Buffer.from(text));
    const kept = await sql`
      update scheduler.attempts set log = ${key}
      where id = ${id} and not (select forgotten from scheduler.executions where id = ${execution}) returning id`;
    // Everybody whom it was run for was withdrawn meanwhile.
    if (kept.length === 0) await objects.delete([key]);
  },
});
