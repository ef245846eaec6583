import { deletionLock, type Queryable, shareLockInTransaction, type Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";

/** The latest deletion of a dataset or of one of its subjects, as the catalog recorded it. */
export type KnownDeletion = {
  /** Null for the whole dataset; empty once the label of the subject is erased. */
  readonly subject: string | null;
  /** Of a subject: see `subjectHash`. */
  readonly subjectHash: string | null;
  readonly requestedAt: Date;
  /** Whether objects are still being removed. */
  readonly open: boolean;
  /** Whether the subject must not come back by an import. */
  readonly keptOut: boolean;
};

/** Reads the deletions of a dataset from the catalog's view; none where there is no catalog. */
export const readDeletions = async (sql: Queryable, dataset: string): Promise<readonly KnownDeletion[]> => {
  const [view] = await sql<{ there: boolean }[]>`select to_regclass('catalog.deletions_v1') is not null as there`;
  if (view?.there !== true) return [];
  return sql<KnownDeletion[]>`
    select subject, subject_hash, requested_at, open, kept_out from catalog.deletions_v1 where dataset = ${dataset}`;
};

/** When the latest of these deletions was requested, in milliseconds; 0 without any. */
export const latestOf = (deletions: readonly KnownDeletion[]): number =>
  Math.max(0, ...deletions.map(({ requestedAt }) => requestedAt.getTime()));

/** Whether a deletion was requested after `latest`. None is requested from now on until the transaction has ended. */
export const isDeletedSince = async (tx: Transaction, dataset: string, latest: number): Promise<boolean> => {
  await shareLockInTransaction(tx, deletionLock(dataset));
  return latestOf(await readDeletions(tx, dataset)) > latest;
};

/**
 * Requires that the whole dataset is not being deleted, and lets no deletion be requested until the transaction has ended: what is begun
 * in it comes wholly before or wholly after each deletion. @throws Problem `conflict`
 */
export const requireNotDeleting = async (tx: Transaction, dataset: string): Promise<void> => {
  await shareLockInTransaction(tx, deletionLock(dataset));
  requireFinished(await readDeletions(tx, dataset), dataset);
};

/**
 * Refuses an import while its whole dataset is being deleted: the deletion would take the new files, too. That of a single subject does
 * not matter here, since imports leave its files out.
 * @throws Problem `conflict` when one of these deletions is of the whole dataset and is not finished
 */
export const requireFinished = (deletions: readonly KnownDeletion[], dataset: string): void => {
  if (deletions.some(({ subject, open }) => subject === null && open)) throw beingDeleted(dataset);
};

/** The problem of an import that meets the deletion of its dataset. */
export const beingDeleted = (dataset: string): Problem =>
  new Problem({
    code: "conflict",
    message: `The dataset "${dataset}" is being deleted.`,
    subject: dataset,
    next: "Import it again when the deletion has ended.",
  });
