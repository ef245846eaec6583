import { Problem } from "@rollerblade/errors";
import { parse } from "csv-parse/sync";
import type { SourceFile } from "./source-file.ts";

/** A row of a table as texts, by the names of its columns. */
export type TextRow = Readonly<Record<string, string>>;

/** A table of a source: all cells as texts, as they are written. */
export type TextTable = { readonly columns: readonly string[]; readonly rows: readonly TextRow[] };

/** Bytes of a table that are read. */
const maxTableBytes = 256 * 2 ** 20;

/**
 * Reads a table in CSV (commas, semicolons or tabs, whichever the first line has most of), TSV, XLS or XLSX. `sheet`: of a
 * workbook, its first one by default. @throws Problem `invalid` for what cannot be read
 */
export const readTable = async (file: SourceFile, sheet: string | null): Promise<TextTable> => {
  if (file.size > maxTableBytes) throw unreadable(file.path, `is larger than ${maxTableBytes} bytes`);
  const bytes = await file.read();
  const cells = /\.xlsx?$/i.test(file.path)
    ? await workbookCells(file.path, bytes, sheet)
    : textCells(file.path, bytes);
  const [head = [], ...body] = cells;
  const columns = head.map((name) => name.trim());
  const twice = columns.find((name, index) => name !== "" && columns.indexOf(name) !== index);
  if (twice !== undefined) throw unreadable(file.path, `has the column ${twice} twice`);
  const rows = body
    .filter((row) => row.some((cell) => cell.trim() !== ""))
    .map((row) => Object.fromEntries(columns.map((column, index) => [column, (row[index] ?? "").trim()])));
  return { columns: columns.filter((name) => name !== ""), rows };
};

const unreadable = (path: string, message: string): Problem =>
  new Problem({ code: "invalid", message: `The table ${path} ${message}.`, subject: path });

const textCells = (path: string, bytes: Buffer): readonly (readonly string[])[] => {
  const text = decoded(bytes);
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = ["\t", ";", ","].reduce((best, one) =>
    first.split(one).length > first.split(best).length ? one : best,
  );
  try {
    const cells: string[][] = parse(text, {
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      relax_quotes: true,
    });
    return cells;
  } catch (error) {
    throw unreadable(path, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** UTF-8, UTF-16 by its mark, else the Windows code page that spreadsheets of the West write. */
const decoded = (bytes: Buffer): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
};

const workbookCells = async (path: string, bytes: Buffer, sheet: string | null) => {
  // It takes 100 ms to load, and few sources have a workbook.
  const { read, utils } = await import("@e965/xlsx");
  const workbook = (() => {
    try {
      return read(bytes, { type: "buffer", cellDates: true });
    } catch (error) {
      throw unreadable(path, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  })();
  const name = sheet ?? workbook.SheetNames[0] ?? "";
  const found = workbook.Sheets[name];
  if (found === undefined) throw unreadable(path, `has no sheet ${name}, but ${workbook.SheetNames.join(", ")}`);
  const rows: unknown[][] = utils.sheet_to_json(found, { header: 1, raw: true, defval: "" });
  return rows.map((row) => Array.from(row, textOf));
};

/** A cell as it would stand in a text table; days without their time of day. */
const textOf = (cell: unknown): string => {
  if (cell instanceof Date) {
    const text = new Date(cell.getTime() - cell.getTimezoneOffset() * 60_000).toISOString();
    return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text.slice(0, 19);
  }
  return cell === null || cell === undefined ? "" : String(cell);
};
