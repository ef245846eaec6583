import { Problem } from "@rollerblade/errors";
import { z } from "zod";

/** One page of a list. */
export type Page<Item> = {
  readonly items: Item[];
  /** The `after` of the next page; null on the last one. */
  readonly next: string | null;
};

/**
 * Cuts a page out of rows that were read with `limit + 1`: the further row is not shown, it tells that there is a next page.
 *
 *     const rows = await sql<UserRow[]>`select … where name > ${after} order by name limit ${limit + 1}`;
 *     return pageOf(rows.map(userOf), limit, ({ name }) => name);
 * @param cursorOf where the page ends, as the next query reads it; more than one column go through `writeCursor`
 */
export const pageOf = <Item>(
  rows: readonly Item[],
  limit: number,
  cursorOf: (last: Item) => string,
): { items: Item[]; next: string | null } => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
};

/** A text in a cursor. PostgreSQL takes no NUL in a text, and nothing that is ordered by is longer than a path (`PATH_MAX`). */
export const cursorText = z
  .string()
  .max(4_096)
  .refine((text) => !text.includes("\0"));

/** Writes the columns by which a list is ordered as one text; `sealCursor` makes an opaque word of it on its way out. */
export const writeCursor = (place: readonly (string | number)[]): string => JSON.stringify(place);

/**
 * Reads what `writeCursor` wrote: `readCursor(query.after, z.tuple([cursorText, z.int()]))`.
 * @throws Problem `invalid` for anything that is not such a place
 */
export const readCursor = <Place>(cursor: string, place: z.ZodType<Place>): Place => {
  const parsed = place.safeParse(parseJson(cursor));
  if (parsed.success) return parsed.data;
  throw unknownCursor(cursor);
};

/** Refuses a cursor that no page of the list has given. */
export const unknownCursor = (cursor: string): Problem =>
  new Problem({
    code: "invalid",
    message: "`after` is not what a page of this list gave as `next`.",
    subject: cursor.slice(0, 100),
    next: "Begin without `after`.",
  });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
