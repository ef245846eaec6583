import { printJsonLine, printText } from "../print.ts";
import { writeBytes } from "../terminal/write.ts";
import { csvField } from "./csv-field.ts";
import { cellOf, type ResultTable } from "./result-table.ts";

/** Formats of a table of values. */
export type TableFormat = "csv" | "tsv" | "jsonl" | "parquet";

/** Takes a table part by part, in the order of its rows; `end` writes what must be written as a whole. */
export type TableWriter = { readonly add: (part: ResultTable) => void; readonly end: () => Promise<void> };

const text = (line: (cells: readonly (string | number | boolean | null)[]) => string): TableWriter => {
  let first = true;
  return {
    add: ({ head, rows }) => {
      const lines = [...(first ? [head] : []), ...rows.map((row) => row.map(cellOf))].map(line);
      first = false;
      if (lines.length > 0) printText(lines.join("\n"));
    },
    end: async () => {},
  };
};

/** A cell of a BIDS table: `n/a` for what is unknown, and no tab or line end, for which TSV has no quotes. */
const tsvField = (cell: string | number | boolean | null): string =>
  cell === null || cell === "" ? "n/a" : String(cell).replace(/[\t\r\n]+/g, " ");

const jsonLines: TableWriter = {
  add: ({ head, rows }) => {
    for (const row of rows) printJsonLine(Object.fromEntries(head.map((name, index) => [name, row[index] ?? null])));
  },
  end: async () => {},
};

/** The columns of a Parquet file hold one type each, which is known when all rows are. */
const parquet = (): TableWriter => {
  const parts: ResultTable[] = [];
  return {
    add: (part) => {
      parts.push(part);
    },
    end: async () => {
      const { parquetOf } = await import("./parquet.ts");
      const rows = parts.flatMap((part) => part.rows);
      writeBytes(parquetOf({ head: parts[0]?.head ?? [], rows }));
    },
  };
};

/** Opens a writer to standard output. */
export const openTableWriter = (format: TableFormat): TableWriter => {
  if (format === "csv") return text((cells) => cells.map(csvField).join(","));
  if (format === "tsv") return text((cells) => cells.map(tsvField).join("\t"));
  return format === "jsonl" ? jsonLines : parquet();
};
