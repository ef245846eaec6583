import type { Sql } from "@rollerblade/database";
import { compileQuery } from "../../../services/catalog/src/query/question.ts";
import type { Reader } from "../../../services/catalog/src/query/reader.ts";
import { slicePage } from "../../../services/catalog/src/query/slice-page.ts";
import type { RealisticQuery } from "./realistic-queries.ts";

/** Slices of a first page. */
const limit = 100;

/** A first page as the catalog answers it, of one dataset or of all. */
export const ours =
  (reader: Reader, { expression, level }: RealisticQuery, dataset: string | null) =>
  () =>
    slicePage(reader, {
      ...{ expression: compileQuery(expression), level, mayRead: "all", limit, after: undefined },
      readable: dataset === null ? "all" : [dataset],
    });

const summaries = {
  scan: "s.subject, s.session, s.suffix, s.size, s.session_attributes -> 'age' as age",
  session:
    "count(*) as scans, array_agg(distinct s.suffix) as suffixes, sum(s.size) as size, jsonb_agg(distinct s.session_attributes -> 'age') as ages",
  subject:
    "count(*) as scans, array_agg(distinct s.suffix) as suffixes, sum(s.size) as size, jsonb_agg(distinct s.subject_attributes -> 'age') as ages",
} as const;

/** The same columns by SQL written by hand. */
export const byHand = (sql: Sql, { level, names, where }: RealisticQuery, dataset: string | null) => {
  const within = dataset === null ? where : `s.dataset = $1 and ${where}`;
  const grouped = level === "scan" ? "" : `group by ${names}`;
  const text = `select ${names}, ${summaries[level]} from catalog.scans s where ${within} ${grouped} order by ${names} limit ${limit + 1}`;
  return async () => sql.unsafe(text, dataset === null ? [] : [dataset]);
};
