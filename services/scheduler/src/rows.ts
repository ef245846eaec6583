/** Rows as one parameter for `jsonb_to_recordset`: keys are the columns, so thousands go in with one statement. */
export const asRecords = (rows: readonly object[]): string => JSON.stringify(rows);

/** A text as PostgreSQL can hold it: a command may say NUL, and a cut may leave half a surrogate pair. */
export const storableText = (text: string, longest: number): string =>
  text.slice(0, longest).replaceAll("\0", "\ufffd").toWellFormed();
