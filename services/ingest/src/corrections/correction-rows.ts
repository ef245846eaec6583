import type { Correction } from "@rollerblade/client";
import type { Queryable } from "@rollerblade/database";
import type { CorrectionRow } from "../tables.gen.ts";

/** A correction that is in force or was, as the database holds it. */
export type StoredCorrection = Omit<CorrectionRow, "importId" | "expected">;

/** Reads what an upload is to set. */
export const correctionsOf = (sql: Queryable, importId: string): Promise<CorrectionRow[]> =>
  sql<CorrectionRow[]>`select * from ingest.corrections where import_id = ${importId} order by id`;

/** Reads what was set in a dataset, in the order in which it was. */
export const committedCorrections = (sql: Queryable, dataset: string): Promise<StoredCorrection[]> =>
  sql<StoredCorrection[]>`
    select c.id, c.dataset, c.file, c.subject, c.session, c.column_name, c.before, c.after, c.add_column, c.author,
      c.reason, c.undo_of, c.created_at
    from ingest.corrections c join ingest.imports i on i.id = c.import_id
    where c.dataset = ${dataset} and i.state = 'committed' order by c.id`;

/** The correction as the API answers it. */
export const correctionFrom = (row: StoredCorrection, undoneBy: string | null): Correction => ({
  id: row.id,
  dataset: row.dataset,
  subject: row.subject,
  session: row.session,
  file: row.file,
  column: row.columnName,
  before: row.before,
  after: row.after,
  author: row.author,
  reason: row.reason,
  undoOf: row.undoOf,
  undoneBy,
  at: row.createdAt.toISOString(),
});
