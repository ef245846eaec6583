import type { Json } from "@rollerblade/abids";
import type { QueryLevel, SliceSummary } from "@rollerblade/client";

/** Part of a result as a table: the names of its columns, and rows with one value for each; null is unknown. */
export type ResultTable = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Json[])[];
};

const summaryHead = ["dataset", "subject", "session", "path", "role", "scans", "suffixes", "bytes", "age", "sha256"];

const summaryRow = ({ slice, scans, suffixes, size, age, file }: SliceSummary): Json[] => [
  ...[slice.dataset, slice.subject, slice.session, file?.path ?? slice.scan, file?.role ?? null],
  ...[scans, suffixes.join(" "), size, age, file?.sha256 ?? null],
];

/** The columns that name an item of a level. */
const names: Readonly<Record<QueryLevel, readonly ("dataset" | "subject" | "session" | "path")[]>> = {
  dataset: ["dataset"],
  subject: ["dataset", "subject"],
  session: ["dataset", "subject", "session"],
  scan: ["dataset", "subject", "session", "path"],
  file: ["dataset", "subject", "session", "path"],
};

/**
 * What was found as a table: the names of each item and the columns that were asked for, or without any a summary of it.
 */
export const resultTable = (
  level: QueryLevel,
  items: readonly SliceSummary[],
  columns: readonly string[],
): ResultTable => {
  if (columns.length === 0) return { head: summaryHead, rows: items.map(summaryRow) };
  return {
    head: [...names[level], ...columns],
    rows: items.map(({ slice, file, values = [] }) => {
      const named = { ...slice, path: file?.path ?? slice.scan };
      return [...names[level].map((name) => named[name]), ...values];
    }),
  };
};

/** A value as one cell of a text: a list as JSON, and nothing for what is unknown. */
export const cellOf = (value: Json): string | number | boolean | null =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : value;

const quoted = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;

/**
 * Columns as they are listed behind one option: commas within texts, calls and lists divide nothing.
 * @example splitColumns('subject.age,scan.suffix in ["a", "b"]') // ["subject.age", 'scan.suffix in ["a", "b"]']
 */
export const splitColumns = (text: string): string[] => {
  const parts: string[] = [];
  let [start, depth] = [0, 0];
  for (let index = 0; index < text.length; index += 1) {
    quoted.lastIndex = index;
    const literal = quoted.exec(text);
    if (literal !== null) {
      index += literal[0].length - 1;
      continue;
    }
    const letter = text.charAt(index);
    if ("([".includes(letter)) depth += 1;
    if (")]".includes(letter)) depth -= 1;
    if (letter !== "," || depth > 0) continue;
    parts.push(text.slice(start, index));
    start = index + 1;
  }
  return [...parts, text.slice(start)].map((part) => part.trim()).filter((part) => part !== "");
};
