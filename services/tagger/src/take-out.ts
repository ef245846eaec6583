import { readTsv } from "@rollerblade/abids";
import type { Json } from "@rollerblade/analysis";
import type { Show } from "@rollerblade/pipeline";
import { valueAt } from "./json-pointer.ts";

/** The first rows of a table. */
export type TakenTable = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
  /** Whether the file has more rows than these. */
  readonly more: boolean;
};

/** What a front end needs of a file beyond a link to it. */
export type Taken =
  | { readonly kind: "nothing" }
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "table"; readonly table: TakenTable }
  | { readonly kind: "unreadable"; readonly problem: string };

/** Rows of a table that a result carries; a front end fetches the file for the others. */
const mostRows = 200;

/** Whether something has to be taken out of the file at all. */
export const needsFile = (show: Show): boolean => show.kind === "metric" || show.kind === "table";

/** Takes out of a file what its tag shows. Never throws: a file that does not hold it is `unreadable`, with the reason. */
export const takeOut = (show: Show, path: string, content: Uint8Array): Taken => {
  if (show.kind === "metric" && show.value.in === "json") return pointed(path, content, show.value.pointer);
  if (show.kind === "metric" && show.value.in === "tsv") return firstCell(path, content, show.value.column);
  if (show.kind === "table") return firstRows(path, content, show.columns);
  return { kind: "nothing" };
};

const unreadable = (problem: string): Taken => ({ kind: "unreadable", problem });

const pointed = (path: string, content: Uint8Array, pointer: string): Taken => {
  const document = parse(content);
  if (document === undefined) return unreadable(`${path} is not JSON.`);
  const value = valueAt(document, pointer);
  return value === undefined ? unreadable(`${path} has nothing at ${pointer}.`) : { kind: "value", value };
};

const parse = (content: Uint8Array): Json | undefined => {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch {
    return undefined;
  }
};

const firstCell = (path: string, content: Uint8Array, column: string): Taken => {
  const { columns, rows, findings } = readTsv(path, content);
  const value = rows[0]?.[column];
  if (value !== undefined) return { kind: "value", value };
  if (!columns.includes(column)) return unreadable(findings[0]?.message ?? `${path} has no column ${column}.`);
  return unreadable(`${path} has no row.`);
};

const firstRows = (path: string, content: Uint8Array, wanted: readonly string[] | null): Taken => {
  const { columns, rows, findings } = readTsv(path, content);
  const shown = wanted ?? columns;
  const missing = shown.filter((column) => !columns.includes(column));
  if (columns.length === 0) return unreadable(`${path} ${findings[0]?.message ?? "is no table"}.`);
  if (missing.length > 0) return unreadable(`${path} has no column ${missing.join(", ")}.`);
  const cells = rows.slice(0, mostRows).map((row) => shown.map((column) => row[column] ?? null));
  return { kind: "table", table: { columns: [...shown], rows: cells, more: rows.length > mostRows } };
};
