import type { Json } from "@rollerblade/abids";
import { parquetWriteBuffer } from "hyparquet-writer";
import { cellOf, type ResultTable } from "./result-table.ts";

const types = { number: "DOUBLE", boolean: "BOOLEAN", string: "STRING" } as const;

/** The type of a column whose values are of one type; text, in which lists are JSON, for all else. */
const typeOf = (values: readonly Json[]): (typeof types)[keyof typeof types] => {
  const [only, ...others] = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  return others.length === 0 && (only === "number" || only === "boolean") ? types[only] : types.string;
};

/** Writes a table as a Parquet file (https://parquet.apache.org), compressed with Snappy. */
export const parquetOf = ({ head, rows }: ResultTable): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: head.map((name, index) => {
        const values = rows.map((row) => row[index] ?? null);
        const type = typeOf(values);
        const data =
          type === types.string ? values.map((value) => (value === null ? null : String(cellOf(value)))) : values;
        return { name, type, data };
      }),
    }),
  );
