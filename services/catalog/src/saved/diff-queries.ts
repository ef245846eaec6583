import type { Level, SliceRef } from "@rollerblade/abids/facts";
import type { DiffItem, DiffReason } from "@rollerblade/client";
import { recordset, type Sql } from "@rollerblade/database";
import { bound, fragment, raw, type SqlFragment } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { isReadable, scans } from "../query/columns.ts";
import { pageOf } from "../query/cursor.ts";
import { ask, type Reader } from "../query/reader.ts";
import { behind, placeOf, sliceColumns, sliceNames } from "../query/slice-columns.ts";
import { where } from "../query/slice-page.ts";
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

/** Slices of one side with a hash over all that is known of their matching scans. */
const side = (asked: Asked, { level, readable }: DiffQuery): SqlFragment => {
  const slice = sliceNames(level, "scan");
  const select = fragment`select ${slice}, md5(string_agg(scan.facts_hash, ',' order by scan.path)) as hash,
    array_agg(scan.path order by scan.path) as paths`;
  if (asked.kind === "pin")
    return fragment`${select} from catalog.pinned_scans scan
      where scan.pin = ${bound(asked.pin.id, "uuid")} and scan.matched and ${isReadable(readable)} group by ${slice}`;
  const { expression } = asked;
  const matching = where({ expression, level, readable, mayRead: readable, limit: 0, after: undefined });
  return fragment`${select} from ${scans} where ${matching} group by ${slice}`;
};

const differences = (query: DiffQuery): SqlFragment => {
  const columns = raw(sliceColumns[query.level].join(", "));
  return fragment`
    select ${columns},
      case when older.hash is null then 'came' when newer.hash is null then 'went' else 'changed' end as what,
      case when older.hash is null then newer.paths when newer.hash is null then older.paths
        else older.paths || newer.paths end as paths
    from (${side(query.from, query)}) as older full join (${side(query.to, query)}) as newer using (${columns})
    where older.hash is distinct from newer.hash`;
};

/** How many slices came, went and changed. */
export const countDiff = async (reader: Reader, query: DiffQuery): Promise<Record<DiffItem["what"], number>> => {
  const rows = await ask<{ what: DiffItem["what"]; count: number }>(
    reader,
    fragment`select what, count(*)::int8 as count from (${differences(query)}) as difference group by what`,
  );
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

/** The scans of these slices, as rows to join with. */
const scansOf = (sql: Sql, rows: readonly Row[]) =>
  recordset(
    sql,
    { dataset: "text", path: "text" },
    rows.flatMap(({ dataset, paths }) => paths.map((path) => ({ dataset, path }))),
  );

/** Everything that is known to have happened to these scans. */
const changesOf = async ({ sql }: Reader, rows: readonly Row[]): Promise<Map<string, Change[]>> => {
  const found = await sql<(Change & { dataset: string; path: string })[]>`
    select c.dataset, c.path, c.at, c.changes
    from (select distinct * from ${scansOf(sql, rows)} as scan) as n
    join catalog.scan_changes c on c.dataset = n.dataset and c.path = n.path order by c.at`;
  return Map.groupBy(found, ({ dataset, path }) => `${dataset}/${path}`);
};

const bornOf = async ({ sql }: Reader, rows: readonly Row[]): Promise<Map<string, Date>> => {
  const found = await sql<{ dataset: string; path: string; createdAt: Date }[]>`
    select s.dataset, s.path, s.created_at from ${scansOf(sql, rows)} as n
    join catalog.scans s on s.dataset = n.dataset and s.path = n.path`;
  return new Map(found.map(({ dataset, path, createdAt }) => [`${dataset}/${path}`, createdAt]));
};

/** Reasons of one slice; more than these help nobody. */
const maxReasons = 20;

/** One page of the slices that came, went or changed from one result to the other, with the reasons. */
export const diffPage = async (
  reader: Reader,
  query: DiffQuery,
): Promise<{ items: DiffItem[]; next: string | null }> => {
  const rows = await ask<Row>(
    reader,
    fragment`select * from (${differences(query)}) as difference where ${behind(query.level, "difference", query.after)}
      order by ${sliceNames(query.level, "difference")} limit ${raw(String(query.limit + 1))}`,
  );
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
      reasons: reasons(row).slice(0, maxReasons),
    })),
    next,
  };
};
