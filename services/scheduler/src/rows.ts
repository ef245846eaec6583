/** Rows as one parameter for `jsonb_to_recordset`: keys are the columns, so thousands go in with one statement. */
export const asRecords = (rows: readonly object[]): string => JSON.stringify(rows);

/** Groups by a text. */
export const groupBy = <T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};

/** A text as PostgreSQL can hold it: a command may say NUL, and a cut may leave half a surrogate pair. */
export const storableText = (text: string, longest: number): string =>
  text.slice(0, longest).replaceAll("\0", "\ufffd").toWellFormed();
