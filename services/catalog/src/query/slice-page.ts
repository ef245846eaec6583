import type { Json } from "@rollerblade/abids";
import type { Level, SliceRef } from "@rollerblade/abids/facts";
import { fragment, raw, type SqlFragment, writeFilter, writeValue } from "@rollerblade/query";
import { groupValues, noValues, rowValues, valueOfGroup } from "./column-values.ts";
import { isReadable, scans, tablesFor } from "./columns.ts";
import { pageOf } from "./cursor.ts";
import type { SliceQuery } from "./question.ts";
import { ask, askWithin, type Reader } from "./reader.ts";
import { behind, placeOf, sliceNames } from "./slice-columns.ts";

/** A slice that was found, with a summary of its matching scans. */
export type FoundSlice = {
  readonly slice: SliceRef;
  readonly scans: number;
  readonly suffixes: readonly string[];
  readonly size: number;
  readonly age: number | null;
  /** Of the columns that were asked for, in their order; several values of one slice are a list. */
  readonly values?: readonly Json[];
};

type Row = {
  readonly dataset: string;
  readonly subject: string | null;
  readonly session: string | null;
  readonly path: string | null;
  readonly scans: number;
  /** One of a scan, a list of all else. */
  readonly suffixes: string | readonly string[];
  readonly size: number;
  readonly ages: unknown;
  /** Of each column its value, or over grouped scans a list of its values; null where no columns are asked for. */
  readonly values: readonly Json[] | null;
};

/** All that limits which scans are looked at, and from where on. */
export const where = ({ expression, level, readable, mayRead, after }: SliceQuery): SqlFragment =>
  fragment`${isReadable(readable)} and ${behind(level, "scan", after)} and ${writeFilter(expression.ast, tablesFor(mayRead))}`;

const sessionAge = raw("scan.session_attributes -> 'age'");

/** The ages of a slice; a dataset has none that would be shown. */
const ages: Readonly<Record<Level, SqlFragment>> = {
  scan: sessionAge,
  session: sessionAge,
  subject: raw("scan.subject_attributes -> 'age'"),
  dataset: raw("null::jsonb"),
};

/** What a row names its slice by, with null for what its level does not have. */
const names: Readonly<Record<Level, SqlFragment>> = {
  scan: raw("scan.dataset, scan.subject, scan.session, scan.path"),
  session: raw("scan.dataset, scan.subject, scan.session, null as path"),
  subject: raw("scan.dataset, scan.subject, null as session, null as path"),
  dataset: raw("scan.dataset, null as subject, null as session, null as path"),
};

/** The statement of one page. */
export const pageStatement = (query: SliceQuery, limit: number): SqlFragment => {
  const { level, columns = [], mayRead } = query;
  const shown = level === "scan" ? rowValues : groupValues;
  const values = columns.length === 0 ? noValues : shown(columns, tablesFor(mayRead));
  const place = sliceNames(level, "scan");
  const end = fragment`order by ${place} limit ${raw(String(limit))}`;
  if (level === "scan")
    return fragment`select ${names.scan}, 1 as scans, scan.suffix as suffixes, scan.size, ${ages.scan} as ages, ${values} as values
      from ${scans} where ${where(query)} ${end}`;
  return fragment`select ${names[level]}, count(*)::int8 as scans, array_agg(distinct scan.suffix) as suffixes,
      sum(scan.size)::int8 as size, jsonb_agg(distinct ${ages[level]}) as ages, ${values} as values
    from ${scans} where ${where(query)} group by ${place} ${end}`;
};

const sliceOf = (level: Level, { dataset, subject, session, path }: Row): SliceRef => ({
  level,
  dataset,
  subject,
  session: session === "" ? null : session,
  scan: path,
});

const foundOf = (level: Level, row: Row): FoundSlice => {
  const ages = [row.ages].flat();
  const [age] = ages;
  return {
    slice: sliceOf(level, row),
    scans: row.scans,
    suffixes: [row.suffixes].flat(),
    size: row.size,
    age: ages.length === 1 && typeof age === "number" ? age : null,
    ...(row.values !== null && {
      values:
        level === "scan" ? row.values : row.values.map((known) => valueOfGroup(Array.isArray(known) ? known : null)),
    }),
  };
};

/** One page of the slices that have a scan for which the expression is true, in order of their names. */
export const slicePage = async (
  reader: Reader,
  query: SliceQuery,
): Promise<{ items: FoundSlice[]; next: string | null }> => {
  const rows = await ask<Row>(reader, pageStatement(query, query.limit + 1));
  const { items, next } = pageOf(rows, query.limit, (last) => placeOf(query.level, last));
  return { items: items.map((row) => foundOf(query.level, row)), next };
};

/** Counts, or null for a count that takes too long. */
export type SliceCounts = { readonly total: number | null; readonly unknown: number | null };

const counted = async (reader: Reader, seconds: number, question: SqlFragment): Promise<number | null> => {
  const rows = await askWithin<{ count: number }>(reader, seconds, question);
  return rows === null ? null : (rows[0]?.count ?? 0);
};

/** How many slices there are in all, and for how many scans the expression is neither true nor false. */
export const countSlices = async (reader: Reader, query: SliceQuery, seconds: number): Promise<SliceCounts> => {
  const { expression, level, readable, mayRead } = query;
  const what = level === "scan" ? raw("*") : fragment`distinct (${sliceNames(level, "scan")})`;
  const matching = where({ ...query, after: undefined });
  const isUnknown = fragment`(${writeValue(expression.ast, tablesFor(mayRead))}) is null`;
  const [total, unknown] = await Promise.all([
    counted(reader, seconds, fragment`select count(${what})::int8 as count from ${scans} where ${matching}`),
    counted(
      reader,
      seconds,
      fragment`select count(*)::int8 as count from ${scans} where ${isReadable(readable)} and ${isUnknown}`,
    ),
  ]);
  return { total, unknown };
};
