/**
 * Names of the locks that services share about a dataset. Ingest and the catalog both change raw files in the bucket, and they agree by
 * these who goes first.
 */

/** Held by whoever writes or deletes raw files of a dataset in the bucket, as long as that takes. */
export const rawNamesLock = (dataset: string): string => `ingest/dataset/${dataset}`;

/**
 * Held until the end of the transaction: by itself while a deletion is requested, shared while an import is recorded. So each import is
 * recorded either before a deletion, and then goes with it, or after it, and then knows of it.
 */
export const deletionLock = (dataset: string): string => `catalog/deletion/${dataset}`;
