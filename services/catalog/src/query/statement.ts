import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { compileExpression, toSql } from "@rollerblade/query";
import { scanColumns } from "./columns.ts";
import type { ReadableDatasets } from "./readable-datasets.ts";

/** A value that is bound to a statement. */
export type Value = string | number | boolean | readonly string[];

/** A part of a statement: text with `$n`, and what is bound to it. */
export type Condition = { readonly text: string; readonly values: readonly Value[] };

/** Which scans `s` an expression finds; an empty one finds all. @throws Problem `invalid` */
export const conditionOf = (expression: string, first: number): Condition =>
  expression.trim() === "" ? { text: "true", values: [] } : toSql(compileExpression(expression), scanColumns, first);

/** The scans that may be looked at. */
export const readableCondition = (readable: ReadableDatasets, first: number): Condition =>
  readable === "all"
    ? { text: "true", values: [] }
    : { text: `s.dataset = any($${first}::text[])`, values: [[...readable]] };

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
      await tx.unsafe(`set local statement_timeout = ${Math.ceil(seconds * 1000)}`);
      return { rows: await tx.unsafe<T[]>(text, bound) };
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
    next: "Name datasets, or add a condition such as a suffix that leaves fewer scans.",
  });
