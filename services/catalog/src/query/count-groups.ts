import type { Json } from "@rollerblade/abids";
import { bound, type Column, fragment, raw, type SqlFragment } from "@rollerblade/query";
import { cursorText, pageOf, readCursor, writeCursor } from "@rollerblade/service-kit";
import { z } from "zod";
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

type Row = CountedGroup & {
  /** Stands for the values in a cursor, which may be longer than an address. */
  readonly hash: string;
};

/** Where a page ends: the numbers of its last group, and the hash of its values. */
const place = z.tuple([z.int().nonnegative(), z.int().nonnegative(), cursorText]);

/**
 * The groups behind a place. Where its group has gone since, those with as many subjects and scans are listed once more: none is left out.
 */
const behind = (after: string | undefined): SqlFragment => {
  if (after === undefined) return raw("true");
  const [subjects, scans, hash] = readCursor(after, place);
  const last = fragment`coalesce((select values from counted where hash = ${bound(hash, "text")}), '[]')`;
  return fragment`(-subjects, -scans, values) > (-${bound(subjects, "float8")}, -${bound(scans, "float8")}, ${last})`;
};

/** The statement that counts what a query finds by the values of columns, the largest groups first. */
const countStatement = (query: SliceQuery, by: readonly Column[]) => fragment`
  with found as (
    select ${rowValues(by, tablesFor(query.mayRead))} as values, count(distinct (scan.dataset, scan.subject))::int8 as subjects,
      count(distinct (scan.dataset, scan.subject, scan.session))::int8 as sessions, count(*)::int8 as scans
    from ${scans} where ${where({ ...query, level: "scan", after: undefined })}
    group by 1
  ), counted as (select found.*, md5(values::text) as hash from found)
  select * from counted where ${behind(query.after)}
  order by subjects desc, scans desc, values limit ${raw(String(query.limit + 1))}`;

/** One page of what a query finds, counted by the values of columns. */
export const countGroups = async (
  reader: Reader,
  query: SliceQuery,
  by: readonly Column[],
): Promise<{ items: CountedGroup[]; next: string | null }> => {
  const rows = await ask<Row>(reader, countStatement(query, by));
  const page = pageOf(rows, query.limit, ({ subjects, scans, hash }) => writeCursor([subjects, scans, hash]));
  return { ...page, items: page.items.map(({ hash: _, ...group }) => group) };
};
