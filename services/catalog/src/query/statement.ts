import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { compileExpression, queryFields, type SqlTables, type SqlValue, toFilter, toSql } from "@rollerblade/query";
import type { ReadableDatasets } from "./readable-datasets.ts";

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

/** Runs a query of a person: read only, and within its time. @throws Problem `too-large` when it takes longer */
export const runLimited = async <T extends object>(
  sql: Sql,
  seconds: number,
  text: string,
  values: readonly Value[],
): Promise<readonly T[]> => {
  const bound = values.map((value) => (typeof value === "object" ? [...value] : value));
  try {
    const { rows } = await sql.begin("read only", async (tx) => {
      const limited = tx.unsafe(`set local statement_timeout = ${Math.ceil(seconds * 1000)}`);
      // Said in one breath: a query for a first page takes about as long as one way to the database and back.
      const [, found] = await Promise.all([limited, tx.unsafe<T[]>(text, bound)]);
      return { rows: found };
    });
    return rows;
  } catch (error) {
    if (isTimeout(error)) throw tookTooLong(seconds);
    throw error;
  }
};

const isTimeout = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "57014";

const tookTooLong = (seconds: number): Problem =>
  new Problem({
    code: "too-large",
    message: `The query took more than ${seconds} s and was given up.`,
    next: "Name datasets, or add a condition such as a suffix that leaves fewer scans; --explain shows what takes long.",
  });
