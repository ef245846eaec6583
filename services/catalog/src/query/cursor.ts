import { Problem } from "@rollerblade/errors";
import { z } from "zod";

const parts = z.array(z.string().max(1_024)).max(8);

/** Where a page ended, as one opaque text. */
export const writeCursor = (place: readonly string[]): string =>
  Buffer.from(JSON.stringify(place)).toString("base64url");

/** The place that a cursor names. @throws Problem `invalid` for what is no cursor of ours */
export const readCursor = (cursor: string, length: number): readonly string[] => {
  const place = parts.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
  if (place.success && place.data.length === length && place.data.every((part) => !part.includes("\0")))
    return place.data;
  throw new Problem({
    code: "invalid",
    message: "`after` is not what a page of this list gave as `next`.",
    subject: cursor.slice(0, 100),
    next: "Begin without `after`.",
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** The items of a page out of one more than was asked for, and the cursor of the next one. */
export const pageOf = <T>(
  rows: readonly T[],
  limit: number,
  place: (last: T) => readonly string[],
): { items: T[]; next: string | null } => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? writeCursor(place(last)) : null };
};
