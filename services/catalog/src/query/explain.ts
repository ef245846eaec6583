import { fragment, raw, type SqlValue, toStatement } from "@rollerblade/query";
import { filePageStatement } from "./file-page.ts";
import type { SliceQuery } from "./question.ts";
import { ask, type Reader } from "./reader.ts";
import { pageStatement } from "./slice-page.ts";

/** The statement behind a page, and how PostgreSQL would go about it. */
export type Explanation = { readonly sql: string; readonly values: readonly SqlValue[]; readonly plan: string[] };

/** Explains the first page. Estimates tell of all datasets, so they are only for who may read all. */
export const explainQuery = async (reader: Reader, query: SliceQuery, files: boolean): Promise<Explanation> => {
  const page = (files ? filePageStatement : pageStatement)(query, query.limit + 1);
  const costs = raw(query.mayRead === "all" ? "on" : "off");
  const rows = await ask<Record<string, string>>(reader, fragment`explain (costs ${costs}, verbose off) ${page}`);
  const { text, values } = toStatement(page);
  return { sql: text.replace(/\s+/g, " ").trim(), values, plan: rows.flatMap((row) => Object.values(row)) };
};
