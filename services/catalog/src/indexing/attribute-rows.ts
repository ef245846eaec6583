import { canonicalJson, type JsonObject } from "@rollerblade/abids";

/** What a table says of a subject, or of one session of it. */
export type AttributeRow = {
  readonly subject: string;
  /** Label of the session; empty for attributes of the subject itself. */
  readonly session: string;
  readonly value: JsonObject;
};

/** The key of a subject or a session among rows. JSON keeps the parts apart, whatever they contain. */
const attributeKey = ({ subject, session }: Pick<AttributeRow, "subject" | "session">): string =>
  JSON.stringify([subject, session]);

const byKey = (rows: readonly AttributeRow[]): Map<string, AttributeRow> =>
  new Map(rows.map((row) => [attributeKey(row), row]));

/**
 * The rows that a table changes: those whose value is another one than is known, and with an empty value those that are no
 * longer in the table. Of two rows with one key the last counts.
 */
export const changedRows = (known: readonly AttributeRow[], written: readonly AttributeRow[]): AttributeRow[] => {
  const [before, after] = [byKey(known), byKey(written)];
  return [...new Map([...before, ...after])].flatMap(([key, { subject, session }]) => {
    const value = after.get(key)?.value ?? {};
    const isSame = canonicalJson(before.get(key)?.value ?? {}) === canonicalJson(value);
    return isSame ? [] : [{ subject, session, value }];
  });
};
