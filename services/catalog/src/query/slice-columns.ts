import type { Level } from "@rollerblade/abids/facts";
import { bound, fragment, join, raw, type SqlFragment } from "@rollerblade/query";
import { readCursor } from "./cursor.ts";

/** The columns that name slices. */
export type SliceColumn = "dataset" | "subject" | "session" | "path";

/** The columns that name a slice of each level, in the order in which slices are listed. */
export const sliceColumns: Readonly<Record<Level, readonly SliceColumn[]>> = {
  scan: ["dataset", "path"],
  session: ["dataset", "subject", "session"],
  subject: ["dataset", "subject"],
  dataset: ["dataset"],
};

/** The same as a list within a statement: `scan.dataset, scan.subject`. */
export const sliceNames = (level: Level, table: string): SqlFragment =>
  raw(sliceColumns[level].map((column) => `${table}.${column}`).join(", "));

/** That two rows lie in the same slice of a level. */
export const sameSlice = (level: Level, left: string, right: string): SqlFragment =>
  raw(sliceColumns[level].map((column) => `${left}.${column} = ${right}.${column}`).join(" and "));

/** What a row names its slice by: where a page that ends with it goes on. */
export const placeOf = (level: Level, row: Readonly<Partial<Record<SliceColumn, string | null>>>): string[] =>
  sliceColumns[level].map((column) => row[column] ?? "");

/** Rows behind the place where a page ended, or all. @throws Problem `invalid` for what is not a cursor of this level */
export const behind = (level: Level, table: string, after: string | undefined): SqlFragment => {
  if (after === undefined) return raw("true");
  const place = readCursor(after, sliceColumns[level].length).map((part) => bound(part, "text"));
  return fragment`(${sliceNames(level, table)}) > (${join(place, ", ")})`;
};
