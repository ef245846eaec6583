import { cursorText, readCursor, writeCursor } from "@rollerblade/service-kit";
import { z } from "zod";

/** Where a page of a sorted list begins: behind the row of this id, whose key had this text. */
type Place = { readonly value: string; readonly last: string };

/** Reads where the page before ended; null for the first page. @param order as in `sortedCursor` */
export const placeOf = (order: string, after: string | undefined): Place | null => {
  if (after === undefined) return null;
  const [, value, last] = readCursor(after, z.tuple([z.literal(order), cursorText, z.uuid()]));
  return { value, last };
};

/** Writes where a page ends; another order cannot go on there. Rows of one key are told apart by their ids. */
export const sortedCursor =
  (order: string) =>
  ({ sortKey, id }: { readonly sortKey: string; readonly id: string }): string =>
    writeCursor([order, sortKey, id]);
