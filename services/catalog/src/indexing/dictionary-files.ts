/**
 * SQL condition that is true of rows of `catalog.files` that are data dictionaries: JSON files that describe the columns of
 * a table beside them, such as `participants.json` (BIDS, "Tabular files").
 *
 * The index `files_dictionaries` is limited by the same text, because PostgreSQL uses a partial index only where it can prove
 * that a query's condition implies the index's. The text stands apart from `schema.ts`, which imports it: a service that
 * imported `schema.ts` at run time would load all of Drizzle.
 */
export const isDictionary =
  "kind in ('participants', 'sessions', 'scans', 'samples', 'phenotype') and path like '%.json' and content is not null";
