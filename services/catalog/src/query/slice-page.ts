import type { Level, SliceRef } from "@rollerblade/abids/facts";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";
import { tablesFor } from "./columns.ts";
import { pageOf } from "./cursor.ts";
import { ask, askWithin, type Reader } from "./reader.ts";
import { behind, placeOf, sliceNames } from "./slice-columns.ts";
import { answerOf, type Condition, filterOf, readableCondition, type Value } from "./statement.ts";

/** A question to the catalog. */
export type SliceQuery = {
  readonly expression: string;
  readonly level: Level;
  /** The datasets to look into. */
  readonly readable: ReadableDatasets;
  /** All datasets that the asker may read: a derivative may come of others than those that are looked into. */
  readonly mayRead: ReadableDatasets;
  readonly limit: number;
  readonly after: string | undefined;
};

/** A slice that was found, with a summary of its matching scans. */
export type FoundSlice = {
  readonly slice: SliceRef;
  readonly scans: number;
  readonly suffixes: readonly string[];
  readonly size: number;
  readonly age: number | null;
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
};

/** All that limits which scans are looked at, and from where on. */
export const where = ({ expression, level, readable, mayRead, after }: SliceQuery): Condition => {
  const values: Value[] = [];
  const add = (condition: Condition): string => {
    values.push(...condition.values);
    return condition.text;
  };
  const texts = [add(readableCondition(readable, 1))];
  texts.push(add(behind(level, "s", after, values.length + 1)));
  texts.push(add(filterOf(expression, tablesFor(mayRead), values.length + 1)));
  return { text: texts.join(" and "), values };
};

const ageOf = ({ level }: SliceQuery): string =>
  level === "scan" || level === "session"
    ? "s.session_attributes -> 'age'"
    : level === "subject"
      ? "s.subject_attributes -> 'age'"
      : "null::jsonb";

/** The statement of one page. */
export const statementOf = (query: SliceQuery, limit: number): Condition => {
  const { text, values } = where(query);
  const { level } = query;
  const names = sliceNames(level, "s");
  const isScan = level === "scan";
  const named = isScan
    ? "s.dataset, s.subject, s.session, s.path"
    : `${names}${level === "session" ? "" : level === "subject" ? ", null as session" : ", null as subject, null as session"}, null as path`;
  const summary = isScan
    ? `1 as scans, s.suffix as suffixes, s.size, ${ageOf(query)} as ages`
    : `count(*)::int8 as scans, array_agg(distinct s.suffix) as suffixes, sum(s.size)::int8 as size, jsonb_agg(distinct ${ageOf(query)}) as ages`;
  return {
    text: `select ${named}, ${summary} from catalog.scans s where ${text} ${isScan ? "" : `group by ${names}`} order by ${names} limit ${limit}`,
    values,
  };
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
  };
};

/** One page of the slices that have a scan for which the expression is true, in order of their names. */
export const slicePage = async (
  reader: Reader,
  query: SliceQuery,
): Promise<{ items: FoundSlice[]; next: string | null }> => {
  const rows = await ask<Row>(reader, statementOf(query, query.limit + 1));
  const { items, next } = pageOf(rows, query.limit, (last) => placeOf(query.level, last));
  return { items: items.map((row) => foundOf(query.level, row)), next };
};

/** Counts, or null for a count that takes too long. */
export type SliceCounts = { readonly total: number | null; readonly unknown: number | null };

const counted = async (reader: Reader, seconds: number, question: Condition): Promise<number | null> => {
  const rows = await askWithin<{ count: number }>(reader, seconds, question);
  return rows === null ? null : (rows[0]?.count ?? 0);
};

/** How many slices there are in all, and for how many scans the expression is neither true nor false. */
export const countSlices = async (reader: Reader, query: SliceQuery, seconds: number): Promise<SliceCounts> => {
  const { text, values } = where({ ...query, after: undefined });
  const what = query.level === "scan" ? "count(*)" : `count(distinct (${sliceNames(query.level, "s")}))`;
  const readable = readableCondition(query.readable, 1);
  const answer = answerOf(query.expression, tablesFor(query.mayRead), readable.values.length + 1);
  const [total, unknown] = await Promise.all([
    counted(reader, seconds, { text: `select ${what}::int8 as count from catalog.scans s where ${text}`, values }),
    counted(reader, seconds, {
      text: `select count(*)::int8 as count from catalog.scans s where ${readable.text} and (${answer.text}) is null`,
      values: [...readable.values, ...answer.values],
    }),
  ]);
  return { total, unknown };
};
