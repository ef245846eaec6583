import type { Finding } from "@rollerblade/errors";
import type { Json, JsonObject } from "./json.ts";
import { decodeText } from "./text.ts";

/** How much of a table is read. */
export type TsvLimits = {
  /** Bytes. @default 256 MiB */
  readonly bytes?: number;
  /** @default 10000 */
  readonly columns?: number;
};

/** A table of BIDS: rows by the names of the columns, `n/a` and empty cells as null, numbers as numbers. */
export type Table = {
  readonly columns: readonly string[];
  readonly rows: readonly JsonObject[];
  readonly findings: readonly Finding[];
};

/**
 * Reads a TSV file of unknown origin: with or without byte order mark, any line ending. Never throws. A row with too
 * few or too many cells is a finding and is read as far as it goes; a table that is too large is a finding and is
 * empty.
 */
export const readTsv = (where: string, content: string | Uint8Array, limits: TsvLimits = {}): Table => {
  const refuse = (message: string): Table => ({ columns: [], rows: [], findings: [{ where, message }] });
  const most = limits.bytes ?? 256 * 2 ** 20;
  if (content.length > most) return refuse(`is ${content.length} bytes long; the limit is ${most}`);
  const text = decodeText(content);
  if (text === null) return refuse("is not UTF-8 text");
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1)?.trim() === "") lines.pop();
  const [head, ...body] = lines;
  if (head === undefined) return refuse("is empty: a table has a line with the names of its columns");
  const columns = head.split("\t").map((name) => name.trim());
  if (columns.length > (limits.columns ?? 10_000))
    return refuse(`has ${columns.length} columns; the limit is ${limits.columns ?? 10_000}`);
  const findings = faultsOfColumns(where, columns);
  const rows = body.map((line, index) => readRow(columns, line, `${where}:${index + 2}`, findings));
  return { columns, rows, findings };
};

const faultsOfColumns = (where: string, columns: readonly string[]): Finding[] => {
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index && columns.length < 1_000);
  return [
    ...(columns.includes("") ? [{ where: `${where}:1`, message: "a column has no name" }] : []),
    ...[...new Set(twice)]
      .filter(Boolean)
      .map((name) => ({ where: `${where}:1`, message: `the column ${name} appears twice; the first one is used` })),
  ];
};

const readRow = (columns: readonly string[], line: string, where: string, findings: Finding[]): JsonObject => {
  const cells = line.split("\t");
  if (cells.length !== columns.length && findings.length < maxFindings)
    findings.push({ where, message: `has ${cells.length} cells where the table has ${columns.length} columns` });
  const row = new Map<string, Json>();
  for (const [index, column] of columns.entries()) {
    if (column === "" || row.has(column)) continue;
    row.set(column, isIdentifier(column) ? readIdentifier(cells[index]) : readCell(cells[index]));
  }
  return Object.fromEntries(row);
};

/** Limit of findings in one table: a person sees the pattern in these. */
const maxFindings = 100;

/** Columns that name something; `0012` there is no number. */
const isIdentifier = (column: string): boolean => column.endsWith("_id") || column === "filename" || column === "HED";

const readIdentifier = (cell: string | undefined): Json => {
  const text = cell?.trim() ?? "";
  return text === "" || text === "n/a" ? null : text;
};

/** One cell: `n/a` and nothing are null, what JSON and BIDS both read as a number is one, everything else is text. */
export const readCell = (cell: string | undefined): Json => {
  const text = readIdentifier(cell);
  if (typeof text !== "string" || !number.test(text)) return text;
  const value = Number(text);
  const isExact = Number.isFinite(value) && (Number.isSafeInteger(value) || !/^[+-]?[0-9]+$/.test(text));
  return isExact ? value : text;
};

// Without leading zeros: `007` is a code, not seven.
const number = /^[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
