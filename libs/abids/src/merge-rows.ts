import { linesOf, type TableLine } from "./table-lines.ts";
import { decodeText } from "./text.ts";

/** Columns that together say what a row of a table of BIDS is about. */
const keyColumns = ["participant_id", "session_id", "sample_id", "filename"];

/** A table with the rows of a former one that it does not have, and what these are about. */
export type MergedRows = { readonly content: Uint8Array; readonly kept: readonly string[] };

/**
 * Adds to a table the rows of a former one about people, sessions or files that it does not list, with their columns. What a table
 * of part of a dataset does not speak of is not gone: a batch has its own `participants.tsv`.
 * @param isKept whether a row stays, by its first key: `sub-01`, `ses-2`, `anat/sub-01_T1w.nii.gz`
 * @returns null where nothing is to be added, or one of the tables cannot be understood
 */
export const mergeRows = (
  former: Uint8Array,
  current: Uint8Array,
  isKept: (key: string) => boolean,
): MergedRows | null => {
  const [before, now] = [readRows(former), readRows(current)];
  if (before === null || now === null) return null;
  const keys = keyColumns.filter((name) => before.names.includes(name) && now.names.includes(name));
  const [first] = keys;
  if (first === undefined) return null;
  const keyOf = (names: readonly string[], { cells }: TableLine): string =>
    JSON.stringify(keys.map((name) => cells[names.indexOf(name)]?.trim() ?? ""));
  const listed = new Set(now.rows.map((row) => keyOf(now.names, row)));
  const cellOf = ({ cells }: TableLine, name: string): string => cells[before.names.indexOf(name)] ?? "n/a";
  const kept = before.rows.filter((row) => !listed.has(keyOf(before.names, row)) && isKept(cellOf(row, first).trim()));
  if (kept.length === 0) return null;
  const names = [...now.names, ...before.names.filter((name) => !now.names.includes(name))];
  const more = names.slice(now.names.length);
  const lines = [
    [...now.head, ...more],
    ...now.rows.map(({ cells }) => [...cells, ...more.map(() => "n/a")]),
    ...kept.map((row) => names.map((name) => (before.names.includes(name) ? cellOf(row, name) : "n/a"))),
  ];
  const text = lines.map((cells) => `${cells.join("\t")}${now.end}`).join("");
  return { content: Buffer.from(text, "utf8"), kept: kept.map((row) => cellOf(row, first).trim()) };
};

type Rows = {
  readonly head: readonly string[];
  readonly names: readonly string[];
  readonly rows: readonly TableLine[];
  readonly end: string;
};

/** A table whose rows are whole and whose columns have one name each; null for any other. */
const readRows = (content: Uint8Array): Rows | null => {
  const text = decodeText(content);
  if (text === null) return null;
  const [head, ...lines] = linesOf(text);
  if (head === undefined) return null;
  const names = head.cells.map((cell) => cell.trim());
  const rows = lines.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  const isWhole = new Set(names).size === names.length && rows.every(({ cells }) => cells.length === names.length);
  return isWhole ? { head: head.cells, names, rows, end: head.end === "" ? "\n" : head.end } : null;
};
