import type { Queryable, Transaction } from "@rollerblade/database";
import { asRecords } from "../rows.ts";

/** Something that is gone: a dataset, a subject of it, or one file. */
export type Tombstone = {
  readonly dataset: string;
  readonly subject: string | null;
  /** Of a scan or a derivative, relative to the dataset. */
  readonly path: string | null;
  readonly at: Date;
};

/** Remembers what is gone; of two for the same thing the later one counts. */
export const buryAll = async (tx: Transaction, tombstones: readonly Tombstone[]): Promise<void> => {
  const rows = tombstones.map(({ subject, path, ...rest }) => ({ ...rest, subject: subject ?? "", path: path ?? "" }));
  await tx`
    insert into scheduler.tombstones (dataset, subject, path, at)
    select dataset, subject, path, max(at)
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb) as row(dataset text, subject text, path text, at timestamptz)
    group by dataset, subject, path
    on conflict (dataset, subject, path) do update set at = greatest(tombstones.at, excluded.at)`;
};

/** The tasks among these that were decided before something that they are about, or are made from, was withdrawn. */
export const stoppedByTombstones = async (sql: Queryable, tasks: readonly string[]): Promise<string[]> => {
  const rows = await sql<{ id: string }[]>`
    select distinct task.id
    from scheduler.tasks as task
    join scheduler.tombstones as gone on gone.dataset = task.dataset and gone.at > task.decided_at
    where task.id = any(${[...tasks]}::uuid[]) and ${isAbout(sql)}`;
  return rows.map(({ id }) => id);
};

/**
 * Whether a `task` is about, or made from, what is `gone`. A file of a subject is known by the subject's folder, in the dataset
 * or below its derivatives.
 */
export const isAbout = (sql: Queryable) => sql`(
  (gone.subject = '' and gone.path = '')
  or (gone.subject <> '' and task.slice ->> 'subject' = gone.subject)
  or (gone.path <> '' and task.sources @> array[gone.dataset || '/' || gone.path])
  or (gone.subject <> '' and exists (
    select from unnest(task.sources) as source
    where source like gone.dataset || '/sub-' || gone.subject || '/%'
      or source like gone.dataset || '/derivatives/%/sub-' || gone.subject || '/%')))`;
