import { cursorText, pageOf as pageWithCursor, readCursor as readPlace, writeCursor } from "@rollerblade/service-kit";
import { z } from "zod";

/** The place that a cursor of so many texts names. @throws Problem `invalid` for what is not a cursor of ours */
export const readCursor = (cursor: string, length: number): readonly string[] =>
  readPlace(cursor, z.array(cursorText).length(length));

/** The items of a page out of one more than was asked for, and the cursor of the next one. */
export const pageOf = <T>(
  rows: readonly T[],
  limit: number,
  place: (last: T) => readonly string[],
): { items: T[]; next: string | null } => pageWithCursor(rows, limit, (last) => writeCursor(place(last)));
