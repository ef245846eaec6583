import { readCell } from "@rollerblade/abids";
import type { StoredCorrection } from "./correction-rows.ts";

/** A cell that stays as somebody set it, whatever an import of the old table has there. */
export type StandingCorrection = Pick<
  StoredCorrection,
  "file" | "subject" | "session" | "columnName" | "after" | "addColumn" | "author" | "createdAt"
> & {
  /** The values that the cell held before and in between, see `cellValue`: a table that has one of these is older than the correction. */
  readonly outdated: ReadonlySet<string>;
};

/** Writes the value of a cell so that equal ones are the same text: `24` and `24.0`, `n/a` and a cell that is not there. */
export const cellValue = (cell: string | null): string => JSON.stringify(readCell(cell ?? "n/a"));

/** Whether a table is older than a correction by what its cell holds; null where there is no such cell. */
export const isOutdated = ({ outdated }: Pick<StandingCorrection, "outdated">, cell: string | null): boolean =>
  outdated.has(cellValue(cell));

/**
 * Answers which cells stay as they were set, from all corrections of a dataset in order: those that were not undone, the last
 * one of each cell. One that was undone and whose undoing was undone again stands.
 */
export const standingCorrections = (corrections: readonly StoredCorrection[]): StandingCorrection[] => {
  const undone = new Set<string>();
  const standing = corrections.toReversed().filter(({ id, undoOf }) => {
    if (undone.has(id)) return false;
    if (undoOf !== null) undone.add(undoOf);
    return undoOf === null;
  });
  const cells = new Map<string, StandingCorrection>();
  for (const { before, ...correction } of standing.reverse()) {
    const key = JSON.stringify([correction.file, correction.subject, correction.session, correction.columnName]);
    const former = cells.get(key);
    const outdated = new Set(former?.outdated).add(cellValue(before));
    if (former !== undefined) outdated.add(cellValue(former.after));
    outdated.delete(cellValue(correction.after));
    cells.set(key, { ...correction, outdated });
  }
  return [...cells.values()];
};
