import type { Fragment, Queryable } from "@rollerblade/database";
import { cursorText, readCursor, writeCursor } from "@rollerblade/service-kit";
import { z } from "zod";

/** By what a list may be sorted: an expression of the row, and its type, as SQL. */
export type SortKey = { readonly key: Fragment; readonly type: "uuid" | "text" | "timestamptz" | "integer" };

/** How one page of a sorted list is read. */
export type SortedPage = {
  /** The key of a row as text, so that no digit of it is lost on the way to the client and back. */
  readonly column: Fragment;
  /** The condition that a row comes behind the page before. */
  readonly behind: Fragment;
  readonly orderBy: Fragment;
};

/**
 * Builds the parts of the statement that reads a page by key set: rows of one key are told apart by their id, so that no row is left out and
 * none comes twice, however many share a key.
 * @param order what it is sorted by, with a minus from the last to the first. Example: `-ended`
 * @param after where the page before ended, as `sortedCursor` wrote it
 */
export const sortedPage = (
  sql: Queryable,
  keys: Readonly<Record<string, SortKey>>,
  id: Fragment,
  order: string,
  after: string | undefined,
): SortedPage => {
  const descends = order.startsWith("-");
  const sorted = keys[descends ? order.slice(1) : order];
  if (sorted === undefined) throw new Error(`The list cannot be sorted by ${order}.`);
  const { key, type } = sorted;
  const cast = sql.unsafe(type);
  const compared = sql.unsafe(descends ? "<" : ">");
  const direction = sql.unsafe(descends ? "desc" : "asc");
  const [, value = "", last = ""] =
    after === undefined ? [] : readCursor(after, z.tuple([z.literal(order), cursorText, z.uuid()]));
  return {
    column: sql`(${key})::text as sort_key`,
    behind: after === undefined ? sql`true` : sql`(${key}, ${id}) ${compared} (${value}::text::${cast}, ${last}::uuid)`,
    orderBy: sql`${key} ${direction}, ${id} ${direction}`,
  };
};

/** Writes where a page ends; another order cannot go on there. */
export const sortedCursor =
  (order: string) =>
  ({ sortKey, id }: { readonly sortKey: string; readonly id: string }): string =>
    writeCursor([order, sortKey, id]);
