import { type Queryable, rawNamesLock, type Sql, type Transaction, transaction, withLock } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";
import { type ObjectStore, removeMount } from "@rollerblade/object-store";
import { forgetFindings } from "../findings/forget-findings.ts";
import type { Ingest } from "../ingest.ts";
import type { KnownDeletion } from "./deletions.ts";

/**
 * Forgets the files of deleted subjects, in manifests that are not final too. What was uploaded after the deletion was
 * published stays: it is a new beginning.
 */
export const forgetSubjects = async (
  events: readonly Received<"subject.deleted">[],
  tx: Transaction,
): Promise<void> => {
  for (const { message, time } of events) await forgetSubject(tx, message.dataset, message.subject, time);
};

const forgetSubject = async (tx: Transaction, dataset: string, subject: string, time: Date): Promise<void> => {
  await forget(tx, dataset, `sub-${subject}/`, time);
  await forgetFindings(tx, dataset, subject, time);
  await forgetTables(tx, dataset, time);
  // What was set for the person must not come back with the next table.
  await tx`
    delete from ingest.corrections where dataset = ${dataset} and subject = ${subject} and created_at <= ${time}`;
};

/**
 * The catalog takes a deleted subject's rows out of the tables of the dataset. They stay where they are, but they are
 * no longer what was uploaded, so that an import that brings the old table again is a change.
 */
const forgetTables = (tx: Transaction, dataset: string, time: Date): Promise<unknown> => tx`
  delete from ingest.files
  where dataset = ${dataset} and uploaded_at <= ${time}
    and (path in ('participants.tsv', 'samples.tsv') or path like 'phenotype/%.tsv')`;

/**
 * Forgets where the files of deleted datasets lie, unless one of that name began anew; the files themselves are not
 * ours.
 */
export const forgetPlaces =
  ({ sql, locks, objects }: Pick<Ingest, "sql" | "locks"> & { readonly objects: Pick<ObjectStore, "delete"> }) =>
  async (events: readonly Received<"dataset.deleted">[]): Promise<void> => {
    for (const { message, time } of events)
      await withLock(locks, rawNamesLock(message.dataset), async () => {
        if (!(await isAnew(sql, message.dataset, time))) await removeMount(objects, message.dataset);
      });
  };

/**
 * Whether a dataset of this name began after a moment. The lock of its raw names must be held: an import may be about
 * to begin it.
 */
const isAnew = async (sql: Queryable, dataset: string, time: Date): Promise<boolean> => {
  const anew = await sql`
    select from ingest.datasets where name = ${dataset} and claimed_at > ${time}
    union all select from ingest.files where dataset = ${dataset} and uploaded_at > ${time} limit 1`;
  return anew.length > 0;
};

/** Forgets datasets; imports that are not final end. */
export const forgetDatasets = async (
  events: readonly Received<"dataset.deleted">[],
  tx: Transaction,
): Promise<void> => {
  for (const { message, time } of events) await forgetDataset(tx, message.dataset, time);
};

const forgetDataset = async (tx: Transaction, dataset: string, time: Date): Promise<void> => {
  // What an import had copied before it was interrupted is in nobody's records.
  await tx`
    insert into ingest.garbage (dataset, path)
    select i.dataset, f.path from ingest.imports i join ingest.import_files f on f.import_id = i.id
    where i.dataset = ${dataset} and i.state = 'publishing' and i.created_at <= ${time} and i.location is null and not f.gone
    on conflict do nothing`;
  await tx`
    update ingest.imports set state = 'aborted', finished_at = now(), revision = revision + 1
    where dataset = ${dataset} and state in ('open', 'reading', 'committing', 'publishing') and created_at <= ${time}`;
  await tx`
    update ingest.conversions set state = 'cancelled', finished_at = now()
    where dataset = ${dataset} and finished_at is null and created_at <= ${time}`;
  await forget(tx, dataset, "", time);
  await forgetFindings(tx, dataset, null, time);
  await tx`delete from ingest.corrections where dataset = ${dataset} and created_at <= ${time}`;
  await tx`
    delete from ingest.datasets d where name = ${dataset} and claimed_at <= ${time}
      and not exists (select from ingest.files f where f.dataset = d.name)`;
};

/**
 * Forgets what the catalog has deleted of a dataset, before its event arrives: a plan that is made now must not take
 * for unchanged what is gone or is going. Doing it again, by the event, changes nothing.
 */
export const forgetDeleted = async (sql: Sql, dataset: string, deletions: readonly KnownDeletion[]): Promise<void> => {
  if (deletions.length === 0) return;
  const [oldest] = await sql<{ at: Date | null }[]>`
    select least((select min(uploaded_at) from ingest.files where dataset = ${dataset}),
      (select min(created_at) from ingest.imports
        where dataset = ${dataset} and state in ('open', 'reading', 'committing', 'publishing'))) as at`;
  const oldestAt = oldest?.at;
  if (oldestAt == null) return;
  // One whose label is erased was forgotten long ago.
  for (const { subject, requestedAt } of deletions.filter((one) => one.requestedAt >= oldestAt && one.subject !== ""))
    await transaction(sql, (tx) =>
      subject === null ? forgetDataset(tx, dataset, requestedAt) : forgetSubject(tx, dataset, subject, requestedAt),
    );
};

const forget = async (tx: Transaction, dataset: string, prefix: string, time: Date): Promise<void> => {
  await tx`
    with changed as (
      update ingest.imports set revision = revision + 1
      where dataset = ${dataset} and state in ('open', 'reading', 'committing', 'publishing') and created_at <= ${time} returning id)
    delete from ingest.import_files where import_id in (select id from changed) and starts_with(path, ${prefix})`;
  // What a committed import kept, too.
  await tx`
    delete from ingest.import_files where starts_with(path, ${prefix}) and import_id in (
      select id from ingest.imports where dataset = ${dataset} and state = 'committed' and created_at <= ${time})`;
  await tx`
    with gone as (
      delete from ingest.files where dataset = ${dataset} and starts_with(path, ${prefix}) and uploaded_at <= ${time}
      returning dataset, path)
    insert into ingest.garbage (dataset, path) select dataset, path from gone on conflict do nothing`;
};
