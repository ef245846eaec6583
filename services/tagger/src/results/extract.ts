import { type Json, quoteInexactIntegers, readTsv, type Table } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import type { Show, TagValue } from "@rollerblade/pipeline";
import { z } from "zod";
import type { TablePreview } from "../schema.ts";
import { atPointer } from "./json-pointer.ts";

/** A value that a front end can print as it is. */
export type Scalar = string | number | boolean | null;

/** What was taken out of a file, or why nothing was. */
export type Extracted = { readonly value: Scalar; readonly preview: TablePreview | null; readonly problem: string };

/** Rows, columns and letters of a cell that a preview shows. */
const most = { rows: 100, columns: 100, letters: 1_000 } as const;

/** Takes out of a file what a tag shows of it. Never throws: files are of unknown origin. */
export const extract = (show: Show, content: Uint8Array): Extracted => {
  if (show.kind === "metric") return metric(show.value, content);
  if (show.kind === "table") return table(show.columns, content);
  return nothing("");
};

/** No value, and why. */
export const nothing = (problem: string): Extracted => ({ value: null, preview: null, problem: storable(problem) });

const metric = (place: TagValue, content: Uint8Array): Extracted => {
  const found = place.in === "json" ? jsonValue(place.pointer, content) : firstCell(place.column, content);
  if (isFault(found)) return nothing(found.problem);
  return { value: scalar(found), preview: null, problem: "" };
};

type Fault = { readonly problem: string };

const isFault = (found: Scalar | Fault): found is Fault => typeof found === "object" && found !== null;

const jsonValue = (pointer: string, content: Uint8Array): Scalar | Fault => {
  const document = readJson(content);
  if (document === undefined) return { problem: "The file is not JSON." };
  const found = atPointer(document, pointer);
  if (found === undefined) return { problem: `The file has nothing at ${pointer}.` };
  if (typeof found === "object" && found !== null) return { problem: `At ${pointer} stands no single value.` };
  if (typeof found === "number" && !Number.isFinite(found))
    return { problem: `The number at ${pointer} is too large.` };
  return found;
};

const readJson = (content: Uint8Array): Json | undefined => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    return z.json().parse(JSON.parse(quoteInexactIntegers(text)));
  } catch {
    return undefined;
  }
};

const firstCell = (column: string, content: Uint8Array): Scalar | Fault => {
  const { columns, rows, findings } = readTsv("The table", content);
  if (columns.length === 0) return { problem: `The table ${findings[0]?.message ?? "has no columns"}.` };
  if (!columns.includes(column)) return { problem: noColumn(column, columns) };
  const [first] = rows;
  return first === undefined ? { problem: "The table has no row." } : cell(first[column]);
};

const noColumn = (column: string, columns: readonly string[]): string =>
  `The table has no column ${column}${didYouMean(column, columns) || "."}`;

const table = (wanted: readonly string[] | null, content: Uint8Array): Extracted => {
  const read = readTsv("The table", content);
  if (read.columns.length === 0) return nothing(`The table ${read.findings[0]?.message ?? "has no columns"}.`);
  const unknown = wanted?.find((column) => !read.columns.includes(column));
  if (unknown !== undefined) return nothing(noColumn(unknown, read.columns));
  return { value: null, preview: preview(read, wanted ?? read.columns), problem: "" };
};

const preview = ({ rows }: Table, columns: readonly string[]): TablePreview => {
  const shown = columns.slice(0, most.columns);
  return {
    columns: shown.map(storable),
    rows: rows.slice(0, most.rows).map((row) => shown.map((column) => cell(row[column]))),
    more: rows.length > most.rows || columns.length > shown.length,
  };
};

/** A cell of a table is never more than a scalar. */
const cell = (value: Json | undefined): Scalar => (typeof value === "object" ? null : scalar(value ?? null));

const scalar = (value: Scalar): Scalar => (typeof value === "string" ? storable(value) : value);

/** PostgreSQL's JSON holds neither NUL nor half a surrogate pair. */
const storable = (text: string): string => {
  const short = text.length > most.letters ? `${text.slice(0, most.letters)}…` : text;
  return short.replaceAll("\u0000", "\uFFFD").toWellFormed();
};
