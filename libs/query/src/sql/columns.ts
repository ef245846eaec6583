import type { FieldNode, Step } from "../check/node.ts";
import type { SqlFragment } from "./fragment.ts";

/** Where a field, or a whole group of fields, lies in the tables. */
export type SqlColumn = {
  /** An expression of the program's own making, for example `raw("scan.subject")`; never of a request. */
  readonly sql: SqlFragment;
  /** `json` is jsonb, and may hold a whole group. */
  readonly type: "text" | "number" | "boolean" | "json";
  /** Null where the value is of another type: serves where only a value of its type counts. @default false */
  readonly partial?: boolean;
  /** Of a list that is never unknown: the number of its elements, counted without making the list. */
  readonly size?: SqlFragment;
  /**
   * Of a list that is never unknown: whether it holds a text, as something that an index answers. `required`: it is one
   * of the conditions that must all hold, so that the planner may begin with it. @default the list is made and searched
   */
  readonly holds?: (text: SqlFragment, required: boolean) => SqlFragment;
};

/** By the field's full name (`scan.suffix`), or by the name of a group or object that it is a key of (`subject`). */
export type SqlColumns = Readonly<Record<string, SqlColumn>>;

/** The derivative that `has.derivative(…)` asks for. */
export type SqlDerivative = {
  /** Name of its analysis. */
  readonly analysis: SqlFragment;
  /** Condition on `analysis`, `version` and `output` of a row that the statement calls `derivative`. */
  readonly condition: SqlFragment;
};

/** The result that `result(…)` asks for. */
export type SqlResult = { readonly tag: SqlFragment; readonly document: SqlFragment | null };

/** The tables that conditions are written for. */
export type SqlTables = {
  readonly columns: SqlColumns;
  /** Whether the scan has such a derivative: true or false. */
  readonly derivative?: (wanted: SqlDerivative) => SqlFragment;
  /** The value of a result as jsonb, or the list of its different values; null where there is none. */
  readonly result?: (wanted: SqlResult) => SqlFragment;
};

/** A column, and the way from it to the field. */
export type Located = { readonly column: SqlColumn; readonly below: readonly Step[] };

/**
 * The nearest column above a field. `typed`: only a value of the field's own type counts. Throws an `Error` where there
 * is none: the columns do not fit the known fields.
 */
export const locate = ({ name, path }: FieldNode, columns: SqlColumns, typed = false): Located => {
  for (let length = path.length; length > 0; length -= 1) {
    const place = path.slice(0, length).join(".");
    const column = Object.hasOwn(columns, place) ? columns[place] : undefined;
    if (column === undefined || (column.partial === true && !typed)) continue;
    if (length === path.length || column.type === "json") return { column, below: path.slice(length) };
  }
  throw new Error(`No column holds ${name}`);
};
