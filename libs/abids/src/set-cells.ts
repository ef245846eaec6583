import { nearestNames } from "./nearest-names.ts";
import { linesOf, type TableLine } from "./table-lines.ts";
import { decodeText, hasByteOrderMark } from "./text.ts";

/** Cells of one row of a table that are to be set. */
export type CellsToSet = {
  /** What names the row: `participant_id` or `session_id` (in a table of several people both) with the label behind its prefix, `sub-01`. */
  readonly row: ReadonlyMap<"participant_id" | "session_id", string>;
  /** What the cells are to hold, by the names of their columns. */
  readonly cells: ReadonlyMap<string, string>;
  /** Columns that the table may get when it does not have them. */
  readonly newColumns: ReadonlySet<string>;
};

/** The table with these cells, and what they held before (null where there was no such row or column), or why not. */
export type WithCells =
  | {
      readonly ok: true;
      readonly content: Uint8Array;
      readonly before: ReadonlyMap<string, string | null>;
      /** The line of names with this row alone, as it was (if it was there) and as it is: a fault in these is one of the row. */
      readonly excerpt: { readonly before: Uint8Array; readonly after: Uint8Array };
    }
  | { readonly ok: false; readonly reason: string };

/** What BIDS writes where nothing is known. */
const unknown = "n/a";

/**
 * Sets cells of one row of a table of BIDS; every other byte stays. A row that is missing is added at the end, a column
 * that may be new at the right. Without a table (null) one is made. Example: the age of `sub-01` in `participants.tsv`.
 */
export const setCells = (content: Uint8Array | null, { row, cells, newColumns }: CellsToSet): WithCells => {
  const text = content === null ? `${[...row.keys()].join("\t")}\n` : decodeText(content);
  if (text === null) return { ok: false, reason: "is not UTF-8 text" };
  const [head, ...lines] = linesOf(text);
  if (head === undefined) return { ok: false, reason: "is empty: a table has a line with the names of its columns" };
  const names = head.cells.map((cell) => cell.trim());
  const fault = faultOfColumns(names, [...row.keys()], cells.keys(), newColumns);
  if (fault !== null) return { ok: false, reason: fault };
  const found = findRow(names, lines, row);
  if (!found.ok) return found;
  const before = new Map(
    [...cells.keys()].map((name) => [name, found.line?.cells[names.indexOf(name)]?.trim() ?? null] as const),
  );
  const columns = [...names, ...[...cells.keys()].filter((name) => !names.includes(name))];
  const widen = (line: TableLine, fill: (column: string) => string): TableLine => ({
    end: line.end,
    cells: [...line.cells, ...columns.slice(names.length).map(fill)],
  });
  const set = (line: TableLine): TableLine => ({
    end: line.end,
    cells: line.cells.map((cell, at) => (isFirst(columns, at) ? (cells.get(columns[at] ?? "") ?? cell) : cell)),
  });
  const ending = head.end === "" ? "\n" : head.end;
  const others = lines.map((line) => (isBlank(line) ? line : widen(line, () => unknown)));
  const newRow = { cells: columns.map((name) => labelFor(row, name) ?? cells.get(name) ?? unknown), end: ending };
  const after =
    found.at === null ? withRow(others, newRow) : others.map((line, at) => (at === found.at ? set(line) : line));
  const headAfter = widen(after.length > 0 && head.end === "" ? { ...head, end: ending } : head, (column) => column);
  const mark = content !== null && hasByteOrderMark(content) ? "\u{FEFF}" : "";
  const bytesOf = (table: readonly TableLine[]): Uint8Array => Buffer.from(mark + table.map(textOf).join(""), "utf8");
  const changed = found.at === null ? newRow : (after[found.at] ?? newRow);
  const excerpt = {
    before: bytesOf([head, ...(found.line === null ? [] : [found.line])]),
    after: bytesOf([headAfter, changed]),
  };
  return { ok: true, before, content: bytesOf([headAfter, ...after]), excerpt };
};

const labelFor = (row: CellsToSet["row"], column: string): string | undefined =>
  column === "participant_id" || column === "session_id" ? row.get(column) : undefined;

/** Of two columns with one name the first one counts. */
const isFirst = (columns: readonly string[], at: number): boolean => columns.indexOf(columns[at] ?? "") === at;

const textOf = ({ cells, end }: TableLine): string => cells.join("\t") + end;

const isBlank = ({ cells }: TableLine): boolean => cells.every((cell) => cell.trim() === "");

/** Adds a row behind the last one that is not blank, which may have no line ending. */
const withRow = (lines: readonly TableLine[], row: TableLine): TableLine[] => {
  const last = lines.findLastIndex((line) => !isBlank(line));
  const whole = lines.slice(0, last + 1).map((line) => (line.end === "" ? { ...line, end: row.end } : line));
  return [...whole, row, ...lines.slice(last + 1)];
};

const faultOfColumns = (
  names: readonly string[],
  keys: readonly string[],
  columns: Iterable<string>,
  newColumns: ReadonlySet<string>,
): string | null => {
  const missing = keys.find((key) => !names.includes(key));
  if (missing !== undefined) return `has no column ${missing}, so that nobody can tell whose row is whose`;
  for (const column of columns) {
    if (column === "participant_id" || column === "session_id") return `names its rows by ${column}, which stays`;
    if (names.includes(column) || newColumns.has(column)) continue;
    const [nearest] = nearestNames(column, names);
    return `has no column "${column}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`;
  }
  return null;
};

type FoundRow =
  | { readonly ok: true; readonly at: number | null; readonly line: TableLine | null }
  | { readonly ok: false; readonly reason: string };

const findRow = (names: readonly string[], lines: readonly TableLine[], row: CellsToSet["row"]): FoundRow => {
  const isOfRow = ({ cells }: TableLine): boolean =>
    [...row].every(([column, label]) => {
      const cell = cells[names.indexOf(column)]?.trim();
      // Older datasets write the label alone.
      return cell === label || cell === label.slice(label.indexOf("-") + 1);
    });
  const places = lines.flatMap((line, at) => (isOfRow(line) ? [at] : []));
  const [at = null] = places;
  const label = [...row.values()].join(" ");
  if (places.length > 1)
    return { ok: false, reason: `has ${places.length} rows of ${label}, and one of them is meant` };
  const line = at === null ? null : (lines[at] ?? null);
  if (line !== null && line.cells.length !== names.length)
    return {
      ok: false,
      reason: `line ${(at ?? 0) + 2} has ${line.cells.length} cells where the table has ${names.length} columns`,
    };
  return { ok: true, at, line };
};
