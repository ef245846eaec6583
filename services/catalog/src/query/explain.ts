import type { Sql } from "@rollerblade/database";
import { fileStatementOf } from "./file-page.ts";
import { type SliceQuery, statementOf } from "./slice-page.ts";
import { runLimited, type Value } from "./statement.ts";

/** The statement behind a page, and how PostgreSQL would go about it. */
export type Explanation = { readonly sql: string; readonly values: readonly Value[]; readonly plan: string[] };

/** Explains the first page. Estimates tell of all datasets, so they are only for who may read all. */
export const explainQuery = async (sql: Sql, query: SliceQuery, files: boolean): Promise<Explanation> => {
  const { text, values } = (files ? fileStatementOf : statementOf)(query, query.limit + 1);
  const costs = query.mayRead === "all" ? "on" : "off";
  const rows = await runLimited<Record<string, string>>(
    sql,
    query.timeoutSeconds,
    `explain (costs ${costs}, verbose off) ${text}`,
    values,
  );
  return { sql: text.replace(/\s+/g, " ").trim(), values, plan: rows.flatMap((row) => Object.values(row)) };
};
