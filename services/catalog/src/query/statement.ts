import { compileExpression, queryFields, type SqlTables, type SqlValue, toFilter, toSql } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";

/** A value that is bound to a statement. */
export type Value = SqlValue;

/** A part of a statement: text with `$n`, and what is bound to it. */
export type Condition = { readonly text: string; readonly values: readonly Value[] };

/** The expression as a `where`; an empty one is true of everything. @throws Problem `invalid` */
export const filterOf = (expression: string, tables: SqlTables, first: number): Condition =>
  expression.trim() === ""
    ? { text: "true", values: [] }
    : toFilter(compileExpression(expression, queryFields), tables, first);

/** The expression as true, false, or null where it is unknown. @throws Problem `invalid` */
export const answerOf = (expression: string, tables: SqlTables, first: number): Condition =>
  expression.trim() === ""
    ? { text: "true", values: [] }
    : toSql(compileExpression(expression, queryFields), tables, first);

/** The scans that may be looked at. */
export const readableCondition = (readable: ReadableDatasets, first: number): Condition => {
  if (readable === "all") return { text: "true", values: [] };
  const [only] = readable;
  // One dataset is said as one, so that its rows come in the order of the index.
  if (readable.length === 1 && only !== undefined) return { text: `s.dataset = $${first}::text`, values: [only] };
  return { text: `s.dataset = any($${first}::text[])`, values: [[...readable]] };
};
