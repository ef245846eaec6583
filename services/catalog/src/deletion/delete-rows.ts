import { subjectHash } from "@rollerblade/abids";
import { deletionLock, lockInTransaction, type Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ServiceEvents } from "@rollerblade/events";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import { uuidv7 } from "../datasets/ids.ts";
import { addToStatistics } from "../datasets/statistics.ts";
import { withdrawMadeFrom } from "../derivatives/withdraw.ts";
import { forgetDerived } from "../linked-datasets/derived-datasets.ts";
import { forgetPictures } from "../pictures/kept-pictures.ts";
import { forgetPinned } from "../saved/write-pin.ts";

/** What is to be deleted, and who wants it. */
export type DeletionRequest = {
  readonly dataset: string;
  readonly subject: string | null;
  readonly deleter: string;
  /** The id of what loses its name with the dataset; null of a subject, and where nobody owns it. */
  readonly resource: string | null;
};

/** A row of `catalog.deletions`. */
export type Deletion = DeletionRequest & {
  readonly id: string;
  readonly requestedAt: Date;
  readonly finishedAt: Date | null;
};

const isThere = async (tx: Transaction, { dataset, subject, resource }: DeletionRequest): Promise<boolean> => {
  // A dataset without any data has a name to be freed.
  if (subject === null && resource !== null) return true;
  const [row] = await tx<{ there: boolean }[]>`
    select case when ${subject}::text is null then exists (select from catalog.datasets where name = ${dataset})
      else exists (select from catalog.subjects where dataset = ${dataset} and label = ${subject})
        or exists (select from catalog.files where dataset = ${dataset} and subject = ${subject}) end as there`;
  return row?.there ?? false;
};

/** Records the deletion, with the raw files that it is to remove from the bucket: those that are known now. */
const intend = async (tx: Transaction, { dataset, subject, deleter, resource }: DeletionRequest): Promise<Deletion> => {
  const [row] = await tx<Deletion[]>`
    insert into catalog.deletions (id, dataset, subject, subject_hash, deleter, resource, requested_at)
    values (${uuidv7()}, ${dataset}, ${subject}, ${subject === null ? null : subjectHash(dataset, subject)}, ${deleter}, ${resource},
      clock_timestamp())
    returning id, dataset, subject, deleter, resource, requested_at, finished_at`;
  if (row === undefined) throw new Error("The deletion was not recorded.");
  await tx`
    insert into catalog.deletion_files (deletion, path, size, sha256)
    select ${row.id}, path, size, sha256 from catalog.files
    where dataset = ${dataset} and (${subject}::text is null or subject = ${subject})`;
  return row;
};

const forgetSubject = async (tx: Transaction, dataset: string, subject: string): Promise<void> => {
  const files = await tx<{ dataset: string; sha256: string; size: number }[]>`
    delete from catalog.files where dataset = ${dataset} and subject = ${subject} returning dataset, sha256, size`;
  await forgetPictures(tx, files);
  const scans = await tx`delete from catalog.scans where dataset = ${dataset} and subject = ${subject} returning path`;
  const sessions = await tx<{ scans: number }[]>`
    delete from catalog.sessions where dataset = ${dataset} and subject = ${subject} returning scans`;
  const subjects = await tx<{ scans: number }[]>`
    delete from catalog.subjects where dataset = ${dataset} and label = ${subject} returning scans`;
  const withScans = (rows: readonly { scans: number }[]): number => rows.filter(({ scans }) => scans > 0).length;
  await forgetPinned(tx, dataset, subject);
  await addToStatistics(tx, dataset, {
    files: -files.length,
    bytes: -files.reduce((sum, { size }) => sum + size, 0),
    scans: -scans.length,
    sessions: -withScans(sessions),
    subjects: -withScans(subjects),
  });
};

const forgetDataset = async (tx: Transaction, dataset: string): Promise<void> => {
  await tx`delete from catalog.files where dataset = ${dataset}`;
  await tx`delete from catalog.pictures where dataset = ${dataset}`;
  await tx`delete from catalog.scans where dataset = ${dataset}`;
  await tx`delete from catalog.sessions where dataset = ${dataset}`;
  await tx`delete from catalog.subjects where dataset = ${dataset}`;
  await tx`delete from catalog.fields where dataset = ${dataset}`;
  await tx`delete from catalog.field_counts where dataset = ${dataset}`;
  await tx`delete from catalog.dataset_ages where dataset = ${dataset}`;
  await forgetPinned(tx, dataset, null);
  await tx`delete from catalog.removals where dataset = ${dataset}`;
  await forgetDerived(tx, dataset);
  await tx`delete from catalog.datasets where name = ${dataset}`;
};

/** Forgets why events were refused, since paths and reasons name people. The refusals stay: their batches count them. */
const forgetRefusals = async (tx: Transaction, { dataset, subject }: DeletionRequest): Promise<void> => {
  const name = subject === null ? "" : `sub-${subject}`;
  await tx`
    delete from catalog.refused_files
    where dataset = ${dataset} and (position(${name} in path) > 0 or position(${name} in reason) > 0)`;
  await tx`
    update catalog.batch_refusals refusal set path = '', reason = '' from catalog.batches batch
    where batch.id = refusal.batch and batch.dataset = ${dataset}
      and (position(${name} in refusal.path) > 0 or position(${name} in refusal.reason) > 0)`;
};

/** The reason of withdrawals. It names nobody: what was made of many people is withdrawn, too, and its event says so. */
const reason = ({ subject }: DeletionRequest): string =>
  subject === null ? "The dataset was deleted." : "A subject was deleted.";

/**
 * Deletes a subject or a dataset from the tables, withdraws everything derived from it and says so, and records what is left to
 * be done in the bucket.
 * @throws Problem `not-found`
 */
export const deleteRows = async (
  tx: Transaction,
  events: ServiceEvents,
  request: DeletionRequest,
): Promise<Deletion> => {
  const { dataset, subject, deleter } = request;
  await lockInTransaction(tx, deletionLock(dataset));
  await lockDatasets(tx, [dataset]);
  if (!(await isThere(tx, request))) throw notFound(request);
  const deletion = await intend(tx, request);
  // The person goes first: whoever receives that a mask is gone must know already that there is no scan to make it from again.
  if (subject === null) await events.emit(tx, "dataset.deleted", { dataset, deleter });
  else await events.emit(tx, "subject.deleted", { dataset, subject, deleter });
  await withdrawMadeFrom(tx, events, {
    dataset,
    reason: reason(request),
    ...(subject === null ? { all: true } : { subject }),
  });
  if (subject === null) await forgetDataset(tx, dataset);
  else await forgetSubject(tx, dataset, subject);
  await forgetRefusals(tx, request);
  return deletion;
};

const notFound = ({ dataset, subject }: DeletionRequest): Problem =>
  new Problem({
    code: "not-found",
    message:
      subject === null ? `There is no dataset "${dataset}".` : `The dataset "${dataset}" has no subject "${subject}".`,
    subject: subject ?? dataset,
    next:
      subject === null
        ? "List datasets with `rollerblade dataset list`."
        : `See who is in it with \`rollerblade query "dataset.name == '${dataset}'" --level subject\`.`,
  });
