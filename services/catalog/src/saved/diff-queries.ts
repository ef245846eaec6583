import type { Level, SliceRef } from "@rollerblade/abids/facts";
import type { DiffItem, DiffReason } from "@rollerblade/client";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { pageOf } from "../query/cursor.ts";
import { ask, type Reader } from "../query/reader.ts";
import { behind, placeOf, sliceColumns, sliceNames } from "../query/slice-columns.ts";
import { where } from "../query/slice-page.ts";
import type { Condition } from "../query/statement.ts";
import { type Change, type Moments, reasonsOf } from "./diff-reasons.ts";
import type { Asked } from "./find-saved.ts";

/** Two results to be compared. */
export type DiffQuery = {
  readonly from: Asked;
  readonly to: Asked;
  readonly level: Level;
  readonly readable: ReadableDatasets;
  readonly limit: number;
  readonly after: string | undefined;
};

type Row = {
  readonly dataset: string;
  readonly subject?: string;
  readonly session?: string;
  readonly path?: string;
  readonly what: DiffItem["what"];
  readonly paths: readonly string[];
};

/** The same condition with its parameters further on. */
const shifted = ({ text, values }: Condition, by: number): Condition => ({
  text: text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + by}`),
  values,
});

/** Slices of one side with a hash over all that is known of their matching scans. */
const side = (asked: Asked, { level, readable }: DiffQuery): Condition => {
  const names = sliceNames(level, "s");
  const columns = `${names}, md5(string_agg(s.facts_hash, ',' order by s.path)) as hash, array_agg(s.path order by s.path) as paths`;
  if (asked.kind === "pin") {
    const limited = readable === "all" ? "" : "and s.dataset = any($2::text[])";
    return {
      text: `select ${columns} from catalog.pinned_scans s where s.pin = $1::uuid and s.matched ${limited} group by ${names}`,
      values: [asked.pin.id, ...(readable === "all" ? [] : [readable])],
    };
  }
  const { expression } = asked;
  const { text, values } = where({ expression, level, readable, mayRead: readable, limit: 0, after: undefined });
  return { text: `select ${columns} from catalog.scans s where ${text} group by ${names}`, values };
};

const joined = (query: DiffQuery): Condition => {
  const from = side(query.from, query);
  const to = shifted(side(query.to, query), from.values.length);
  const columns = sliceColumns[query.level];
  return {
    text: `select ${columns.join(", ")}, case when a.hash is null then 'came' when b.hash is null then 'went' else 'changed' end as what,
      case when a.hash is null then b.paths when b.hash is null then a.paths else a.paths || b.paths end as paths
      from (${from.text}) as a full join (${to.text}) as b using (${columns.join(", ")}) where a.hash is distinct from b.hash`,
    values: [...from.values, ...to.values],
  };
};

/** How many slices came, went and changed. */
export const countDiff = async (reader: Reader, query: DiffQuery): Promise<Record<DiffItem["what"], number>> => {
  const { text, values } = joined(query);
  const rows = await ask<{ what: DiffItem["what"]; count: number }>(reader, {
    text: `select what, count(*)::int8 as count from (${text}) as d group by what`,
    values,
  });
  return { came: 0, went: 0, changed: 0, ...Object.fromEntries(rows.map(({ what, count }) => [what, count])) };
};

const sliceOf = (level: Level, row: Row): SliceRef => {
  // At the level of scans the path alone names the slice; who is on it stands in the path.
  const subject = row.subject ?? (row.path === undefined ? null : (/^sub-([^/]+)/.exec(row.path)?.[1] ?? null));
  const session = row.session ?? (row.path === undefined ? "" : (/(?:^|\/)ses-([^/]+)\//.exec(row.path)?.[1] ?? ""));
  return { level, dataset: row.dataset, subject, session: session === "" ? null : session, scan: row.path ?? null };
};

/** When each of the two was: a pin when it was made, everything else now. */
const momentsOf = ({ from, to }: DiffQuery): Moments => {
  const at = (asked: Asked): Date | null => (asked.kind === "pin" ? asked.pin.createdAt : null);
  return { from: at(from), to: at(to) };
};

const scansOf = (rows: readonly Row[]) => ({
  datasets: rows.flatMap(({ dataset, paths }) => paths.map(() => dataset)),
  paths: rows.flatMap(({ paths }) => paths),
});

/** Everything that is known to have happened to these scans. */
const changesOf = async ({ sql }: Reader, rows: readonly Row[]): Promise<Map<string, Change[]>> => {
  const { datasets, paths } = scansOf(rows);
  const found = await sql<(Change & { dataset: string; path: string })[]>`
    select c.dataset, c.path, c.at, c.changes
    from (select distinct * from unnest(${datasets}::text[], ${paths}::text[]) as n(dataset, path)) as n
    join catalog.scan_changes c on c.dataset = n.dataset and c.path = n.path order by c.at`;
  return Map.groupBy(found, ({ dataset, path }) => `${dataset}/${path}`);
};

const bornOf = async ({ sql }: Reader, rows: readonly Row[]): Promise<Map<string, Date>> => {
  const { datasets, paths } = scansOf(rows);
  const found = await sql<{ dataset: string; path: string; createdAt: Date }[]>`
    select s.dataset, s.path, s.created_at from unnest(${datasets}::text[], ${paths}::text[]) as n(dataset, path)
    join catalog.scans s on s.dataset = n.dataset and s.path = n.path`;
  return new Map(found.map(({ dataset, path, createdAt }) => [`${dataset}/${path}`, createdAt]));
};

/** Reasons of one slice; more than these help nobody. */
const mostReasons = 20;

/** One page of the slices that came, went or changed from one result to the other, with the reasons. */
export const diffPage = async (
  reader: Reader,
  query: DiffQuery,
): Promise<{ items: DiffItem[]; next: string | null }> => {
  const { text, values } = joined(query);
  const place = behind(query.level, "d", query.after, values.length + 1);
  const names = sliceNames(query.level, "d");
  const rows = await ask<Row>(reader, {
    text: `select * from (${text}) as d where ${place.text} order by ${names} limit ${query.limit + 1}`,
    values: [...values, ...place.values],
  });
  const { items: page, next } = pageOf(rows, query.limit, (last) => placeOf(query.level, last));
  const [changes, born] = await Promise.all([changesOf(reader, page), bornOf(reader, page)]);
  const moments = momentsOf(query);
  const reasons = (row: Row): DiffReason[] =>
    [...new Set(row.paths)].flatMap((path) => {
      const key = `${row.dataset}/${path}`;
      return reasonsOf({ path, what: row.what, changes: changes.get(key) ?? [], born: born.get(key) ?? null }, moments);
    });
  return {
    items: page.map((row) => ({
      slice: sliceOf(query.level, row),
      what: row.what,
      reasons: reasons(row).slice(0, mostReasons),
    })),
    next,
  };
};
