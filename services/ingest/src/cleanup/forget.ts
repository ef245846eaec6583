import type { Queryable, Transaction } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";
import { type ObjectStore, removeMount } from "@rollerblade/object-store";
import { forgetFindings } from "../findings/forget-findings.ts";

/**
 * Forgets the files of deleted subjects, in manifests that are not final too. What was uploaded after the deletion was said
 * stays: it is a new beginning.
 */
export const forgetSubjects = async (
  events: readonly Received<"subject.deleted">[],
  tx: Transaction,
): Promise<void> => {
  for (const { message, time } of events) {
    await forget(tx, message.dataset, `sub-${message.subject}/`, time);
    await forgetFindings(tx, message.dataset, message.subject, time);
    await forgetTables(tx, message.dataset, time);
  }
};

/**
 * The catalog takes a deleted subject's rows out of the tables of the dataset. They stay where they are, but they are no longer what
 * was uploaded, so that an import that brings the old table again is a change.
 */
const forgetTables = (tx: Transaction, dataset: string, time: Date): Promise<unknown> => tx`
  delete from ingest.files
  where dataset = ${dataset} and uploaded_at <= ${time}
    and (path in ('participants.tsv', 'samples.tsv') or path like 'phenotype/%.tsv')`;

/** Forgets where the files of deleted datasets lie, unless one of that name began anew; the files themselves are not ours. */
export const forgetPlaces =
  ({ sql, objects }: { readonly sql: Queryable; readonly objects: Pick<ObjectStore, "delete"> }) =>
  async (events: readonly Received<"dataset.deleted">[]): Promise<void> => {
    for (const { message, time } of events) {
      const anew = await sql`select 1 from ingest.datasets where name = ${message.dataset} and claimed_at > ${time}`;
      if (anew.length === 0) await removeMount(objects, message.dataset);
    }
  };

/** Forgets datasets; imports that are not final end. */
export const forgetDatasets = async (
  events: readonly Received<"dataset.deleted">[],
  tx: Transaction,
): Promise<void> => {
  for (const { message, time } of events) {
    await tx`
      update ingest.imports set state = 'aborted', finished_at = now(), revision = revision + 1
      where dataset = ${message.dataset} and state in ('open', 'reading', 'committing', 'publishing') and created_at <= ${time}`;
    await forget(tx, message.dataset, "", time);
    await forgetFindings(tx, message.dataset, null, time);
    await tx`
      delete from ingest.datasets d where name = ${message.dataset}
        and not exists (select from ingest.files f where f.dataset = d.name)`;
  }
};

const forget = async (tx: Transaction, dataset: string, prefix: string, time: Date): Promise<void> => {
  await tx`
    with changed as (
      update ingest.imports set revision = revision + 1
      where dataset = ${dataset} and state in ('open', 'reading', 'committing', 'publishing') and created_at <= ${time} returning id)
    delete from ingest.import_files where import_id in (select id from changed) and starts_with(path, ${prefix})`;
  await tx`
    with gone as (
      delete from ingest.files where dataset = ${dataset} and starts_with(path, ${prefix}) and uploaded_at <= ${time}
      returning dataset, path)
    insert into ingest.garbage (dataset, path) select dataset, path from gone on conflict do nothing`;
};
