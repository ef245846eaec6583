import type { Json } from "@rollerblade/abids";
import { type Column, fragment, raw } from "@rollerblade/query";
import { rowValues } from "./column-values.ts";
import { scans, tablesFor } from "./columns.ts";
import type { SliceQuery } from "./question.ts";
import { ask, type Reader } from "./reader.ts";
import { where } from "./slice-page.ts";

/** Scans that have the same values, and the people and sessions that they are of. */
export type CountedGroup = {
  readonly values: readonly Json[];
  readonly subjects: number;
  readonly sessions: number;
  readonly scans: number;
};

/** The statement that counts what a query finds by the values of columns, the largest groups first. */
const countStatement = (query: SliceQuery, by: readonly Column[], limit: number) => fragment`
  select ${rowValues(by, tablesFor(query.mayRead))} as values, count(distinct (scan.dataset, scan.subject))::int8 as subjects,
    count(distinct (scan.dataset, scan.subject, scan.session))::int8 as sessions, count(*)::int8 as scans
  from ${scans} where ${where({ ...query, level: "scan", after: undefined })}
  group by 1 order by 2 desc, 4 desc, 1 limit ${raw(String(limit))}`;

/** Counts what a query finds by the values of columns. `more`: there are groups beyond the limit of the query. */
export const countGroups = async (
  reader: Reader,
  query: SliceQuery,
  by: readonly Column[],
): Promise<{ items: CountedGroup[]; more: boolean }> => {
  const rows = await ask<CountedGroup>(reader, countStatement(query, by, query.limit + 1));
  return { items: rows.slice(0, query.limit), more: rows.length > query.limit };
};
