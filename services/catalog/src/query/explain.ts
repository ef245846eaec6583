import { fileStatementOf } from "./file-page.ts";
import { ask, type Reader } from "./reader.ts";
import { type SliceQuery, statementOf } from "./slice-page.ts";
import type { Value } from "./statement.ts";

/** The statement behind a page, and how PostgreSQL would go about it. */
export type Explanation = { readonly sql: string; readonly values: readonly Value[]; readonly plan: string[] };

/** Explains the first page. Estimates tell of all datasets, so they are only for who may read all. */
export const explainQuery = async (reader: Reader, query: SliceQuery, files: boolean): Promise<Explanation> => {
  const { text, values } = (files ? fileStatementOf : statementOf)(query, query.limit + 1);
  const costs = query.mayRead === "all" ? "on" : "off";
  const rows = await ask<Record<string, string>>(reader, {
    text: `explain (costs ${costs}, verbose off) ${text}`,
    values,
  });
  return { sql: text.replace(/\s+/g, " ").trim(), values, plan: rows.flatMap((row) => Object.values(row)) };
};
