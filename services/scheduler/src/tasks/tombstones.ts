import { insertRecords, type Queryable, type Transaction } from "@rollerblade/database";
import { type TombstoneRow, tombstonesTable } from "../tables.gen.ts";

/** Something that was withdrawn: a dataset, a subject of it, or one file. */
export type Tombstone = {
  readonly dataset: string;
  readonly subject: string | null;
  /** Of a scan or a derivative, relative to the dataset. */
  readonly path: string | null;
  /** When it was withdrawn: tasks that were decided before stop, later ones may use what came back. */
  readonly at: Date;
};

/** Remembers what was withdrawn; of two tombstones for the same thing the later one counts. */
export const insertTombstones = async (tx: Transaction, tombstones: readonly Tombstone[]): Promise<void> => {
  // The latest of each only: one statement may not update a row twice.
  const latest = new Map<string, TombstoneRow>();
  for (const row of tombstones.map(tombstoneRow).toSorted((a, b) => a.at.getTime() - b.at.getTime()))
    latest.set(JSON.stringify([row.dataset, row.subject, row.path]), row);
  const onConflict = tx`
    on conflict (dataset, subject, path) do update set at = greatest(tombstones.at, excluded.at)`;
  await insertRecords(tx, tombstonesTable, [...latest.values()], { onConflict });
};

/** A tombstone as its table holds it: the columns are part of a key, and an empty text stands for what it does not name. */
export const tombstoneRow = ({ subject, path, ...rest }: Tombstone): TombstoneRow => ({
  ...rest,
  subject: subject ?? "",
  path: path ?? "",
});

/** Finds the tasks among these that were decided before something that they are about, or are made from, was withdrawn. */
export const stoppedByTombstones = async (sql: Queryable, tasks: readonly string[]): Promise<string[]> => {
  const rows = await sql<{ id: string }[]>`
    select distinct task.id
    from scheduler.tasks as task
    join scheduler.tombstones as tombstone on tombstone.dataset = task.dataset and tombstone.at > task.decided_at
    where task.id = any(${[...tasks]}::uuid[]) and ${isAbout(sql)}`;
  return rows.map(({ id }) => id);
};

/**
 * The condition that a `task` is about, or made from, what a `tombstone` names; both are aliases of the statement around it. A file
 * of a subject is recognised by the subject's folder, in the dataset itself or in one of its derivative datasets
 * (`sub-01/…`, `derivatives/<name>/sub-01/…`).
 */
export const isAbout = (sql: Queryable) => sql`(
  (tombstone.subject = '' and tombstone.path = '')
  or (tombstone.subject <> '' and task.slice ->> 'subject' = tombstone.subject)
  or (tombstone.path <> '' and task.sources @> array[tombstone.dataset || '/' || tombstone.path])
  or (tombstone.subject <> '' and exists (
    select from unnest(task.sources) as source
    where source like tombstone.dataset || '/sub-' || tombstone.subject || '/%'
      or source like tombstone.dataset || '/derivatives/%/sub-' || tombstone.subject || '/%')))`;
