import {
  type DerivativeFacts,
  type Level,
  type ScanFacts,
  type SliceRef,
  sliceKey,
  slicesOf,
} from "@rollerblade/abids/facts";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { bound, fragment, raw, type SqlFragment } from "@rollerblade/query";
import { type DerivativeRow, derivativeFactsOf, sourcesOf } from "../derivatives/derivative-row.ts";
import { isReadable } from "../query/columns.ts";
import { pageOf } from "../query/cursor.ts";
import type { MatchedSlice } from "../query/matched-scans.ts";
import type { PageQuery } from "../query/question.ts";
import { runFragment } from "../query/run-fragment.ts";
import { behind, placeOf, sameSlice, sliceNames } from "../query/slice-columns.ts";
import type { FoundSlice } from "../query/slice-page.ts";
import type { PinRow } from "./find-saved.ts";

/** A page of a pin that somebody asks for. */
export type PinnedQuery = PageQuery & { readonly pin: PinRow };

type Named = { readonly dataset: string; readonly subject: string; readonly session: string; readonly path: string };

type Row = Named & {
  readonly scans: number;
  readonly suffixes: readonly string[];
  readonly size: number;
};

const sliceOf = (level: Level, { dataset, subject, session, path }: Named): SliceRef => ({
  level,
  dataset,
  subject: level === "dataset" ? null : subject,
  session: (level === "scan" || level === "session") && session !== "" ? session : null,
  scan: level === "scan" ? path : null,
});

/** One page of the slices of a pin, in order of their names. */
export const pinnedPage = async (
  sql: Sql,
  query: PinnedQuery,
): Promise<{ items: FoundSlice[]; next: string | null }> => {
  const { pin, readable, limit, after } = query;
  const names = sliceNames(pin.level, "scan");
  const rows = await runFragment<Row>(
    sql,
    fragment`
      select scan.dataset, min(scan.subject) as subject, min(scan.session) as session, min(scan.path) as path,
        count(*)::int8 as scans,
        coalesce(array_agg(distinct pinned.facts ->> 'suffix') filter (where pinned.facts is not null), '{}') as suffixes,
        coalesce(sum((pinned.facts #>> '{files,0,size}')::int8), 0)::int8 as size
      from catalog.pinned_scans scan left join catalog.pinned_facts pinned on pinned.facts_hash = scan.facts_hash
      where scan.pin = ${bound(pin.id, "uuid")} and scan.matched and ${isReadable(readable)}
        and ${behind(pin.level, "scan", after)}
      group by ${names} order by ${names} limit ${raw(String(limit + 1))}`,
  );
  const { items, next } = pageOf(rows, limit, (last) => placeOf(pin.level, last));
  const found = (row: Row): FoundSlice => {
    const { scans, suffixes, size } = row;
    return { slice: sliceOf(pin.level, row), scans, suffixes, size, age: null };
  };
  return { items: items.map(found), next };
};

type PinnedScan = {
  readonly dataset: string;
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  /** Whether the query found it itself; others lie in a slice that it found. */
  readonly matched: boolean;
  readonly facts: ScanFacts | null;
  /** Files that are no longer what they were: the path, and whether there is still something under it. */
  readonly lost: readonly { readonly path: string; readonly there: boolean }[];
};

const scansOf = (sql: Sql, { id, level }: PinRow, slices: readonly SliceRef[]): Promise<readonly PinnedScan[]> => {
  const texts = (of: (slice: SliceRef) => string | null): SqlFragment =>
    bound(
      slices.map((slice) => of(slice) ?? ""),
      "text[]",
    );
  return runFragment<PinnedScan>(
    sql,
    fragment`
      select scan.dataset, scan.path, scan.subject, scan.session, scan.matched, pinned.facts,
        (select coalesce(jsonb_agg(jsonb_build_object('path', listed.file ->> 'path', 'there', there.sha256 is not null)), '[]')
         from jsonb_array_elements(pinned.facts -> 'files') as listed(file)
         left join catalog.files there on there.dataset = scan.dataset and there.path = listed.file ->> 'path'
         where there.sha256 is distinct from listed.file ->> 'sha256') as lost
      from unnest(${texts(({ dataset }) => dataset)}, ${texts(({ subject }) => subject)},
        ${texts(({ session }) => session)}, ${texts(({ scan }) => scan)}) as wanted(dataset, subject, session, path)
      join catalog.pinned_scans scan on scan.pin = ${bound(id, "uuid")} and ${sameSlice(level, "scan", "wanted")}
      left join catalog.pinned_facts pinned on pinned.facts_hash = scan.facts_hash
      order by scan.dataset, scan.path`,
  );
};

const derivativesOf = (
  sql: Sql,
  { pin, mayRead }: PinnedQuery,
  slices: readonly SliceRef[],
): Promise<DerivativeRow[]> =>
  sql<DerivativeRow[]>`
    select d.*, ${sourcesOf(sql)}
    from catalog.derivatives d join catalog.pinned_derivatives p on p.pin = ${pin.id}::uuid and p.derivative = d.id
    where d.state = 'in-force' and d.dataset = any(${slices.map(({ dataset }) => dataset)}::text[])
      and (${pin.level === "dataset"} or d.subject is null or d.subject = any(${slices.map(({ subject }) => subject ?? "")}::text[]))
      ${mayRead === "all" ? sql`` : sql`and d.datasets <@ ${[...mayRead]}::text[]`}
    order by d.path, d.id`;

/** Why a scan can no longer be had as it was pinned; undefined where it can. */
const problemOf = ({ path, facts, lost }: PinnedScan): string | undefined => {
  if (facts === null) return `${path} was pinned, but its subject has been deleted since`;
  const [first] = lost;
  if (first === undefined) return undefined;
  return first.there ? `${first.path} has changed since it was pinned` : `${first.path} was pinned, but is gone`;
};

/** A slice as it was pinned; with a problem where one of its files is not what it was. */
export type PinnedSlice = MatchedSlice & { readonly problem?: string };

const keyOf = (scan: PinnedScan, level: Level): string => sliceKey(sliceOf(level, scan));

/** The slices of a page with all that was known of them when they were pinned, in the given order. */
export const pinnedFacts = async (
  sql: Sql,
  query: PinnedQuery,
  slices: readonly SliceRef[],
  withDerivatives = true,
): Promise<PinnedSlice[]> => {
  if (slices.length === 0) return [];
  const { level } = query.pin;
  const [scans, rows] = await Promise.all([
    scansOf(sql, query.pin, slices),
    withDerivatives ? derivativesOf(sql, query, slices) : [],
  ]);
  const derivatives: DerivativeFacts[] = rows.map(derivativeFactsOf);
  const known = scans.flatMap(({ facts }) => (facts === null ? [] : [facts]));
  const found = new Map(slicesOf(known, derivatives, level).map((one) => [sliceKey(one.slice), one]));
  const parts = new Set(scans.filter(({ matched }) => !matched).map((scan) => keyOf(scan, level)));
  const matched = Map.groupBy(
    scans.filter((scan) => scan.matched),
    (scan) => keyOf(scan, level),
  );
  const problems = new Map<string, string>();
  for (const scan of scans) {
    const problem = problemOf(scan);
    if (problem !== undefined) problems.set(keyOf(scan, level), problem);
  }
  return slices.map((slice) => {
    const problem = problems.get(sliceKey(slice));
    return {
      ...(found.get(sliceKey(slice)) ?? { slice, scans: [], derivatives: [] }),
      ...(parts.has(sliceKey(slice)) && { matched: (matched.get(sliceKey(slice)) ?? []).map(({ path }) => path) }),
      ...(problem !== undefined && { problem }),
    };
  });
};

/** Refuses a pin of other slices than an analysis works on: those of sessions cannot be read as scans. @throws Problem `invalid` */
export const requireLevel = ({ query, pin, level }: PinRow, asked: string): void => {
  if (level === asked) return;
  throw new Problem({
    code: "invalid",
    message: `${query}@${pin} is pinned by ${level}, and this works by ${asked}.`,
    subject: `${query}@${pin}`,
    next: `Save the query with --level ${asked}, and pin it.`,
  });
};
