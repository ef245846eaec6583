import { compareBytes } from "@rollerblade/abids";
import { liesWithin, type ScanFacts, type SliceRef, sliceOfScan } from "@rollerblade/abids/facts";
import type { Explanation } from "@rollerblade/client";
import { type LockedRule, matchesDataset, mismatches } from "@rollerblade/pipeline";
import {
  cursorText,
  type Page,
  pageOf,
  type ReadGrants,
  readCursor,
  type ServiceContext,
  writeCursor,
} from "@rollerblade/service-kit";
import { z } from "zod";
import { createDocuments, type DocumentInForce } from "../evaluation/documents-in-force.ts";
import { readOwnerRights } from "../evaluation/owner-rights.ts";
import { type StandingRow, sliceOf } from "../evaluation/standing-row.ts";
import { scanFactsFrom } from "../evaluation/stored-facts.ts";
import { visibleDecision } from "./visible-decision.ts";

/** The part of a dataset that is asked about. */
export type Asked = {
  readonly dataset: string;
  readonly subject: string;
  readonly session: string | null;
  readonly scan: string | null;
};

type Row = StandingRow & {
  readonly run: string | null;
  readonly changedAt: Date;
  readonly sliceKey: string;
  readonly version: string;
};

/** Where an explanation stands among the others: its document, the number of its rule there, and its slice, those of people first. */
const placeSchema = z.tuple([cursorText, z.int(), z.int(), cursorText]);
type Place = z.output<typeof placeSchema>;

type Placed = { readonly place: Place; readonly explanation: Explanation };

/**
 * One page of why each rule of the documents that somebody may read did or did not run there: the decisions in force with what they came
 * to, for every other rule why it looks at nothing, and what became of the execution that was called for before.
 */
export const explain = async (
  context: Pick<ServiceContext, "sql">,
  asked: Asked,
  grants: ReadGrants,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<Page<Explanation>> => {
  const all = await explainAll(context, asked, grants);
  const start = after === undefined ? undefined : readCursor(after, placeSchema);
  const rest = start === undefined ? all : all.filter(({ place }) => comparePlaces(place, start) > 0);
  const { items, next } = pageOf(rest, limit, ({ place }) => writeCursor(place));
  return { items: items.map(({ explanation }) => explanation), next };
};

const comparePlaces = (a: Place, b: Place): number =>
  compareBytes(a[0], b[0]) || a[1] - b[1] || a[2] - b[2] || compareBytes(a[3], b[3]);

const explainAll = async (
  { sql }: Pick<ServiceContext, "sql">,
  asked: Asked,
  grants: ReadGrants,
): Promise<readonly Placed[]> => {
  const inForce = await createDocuments()(sql);
  const rights = await readOwnerRights(
    sql,
    inForce.map(({ owner }) => owner),
  );
  const documents = inForce.filter(
    ({ name, owner, locked }) =>
      (grants.all || grants.pipelines.includes(name)) &&
      matchesDataset(locked.document.datasets, asked.dataset) &&
      rights.mayRun(owner, asked.dataset),
  );
  const rows = await sql<Row[]>`
    select * from pipeline_router.decisions as decision
    where ${visibleDecision(sql, grants)} and dataset = ${asked.dataset} and (subject = ${asked.subject} or subject is null) and ended_at is null
    order by subject nulls last, slice_key collate "C"`;
  const decided = rows.filter((row) => concerns(sliceOf(row), asked));
  const facts = await sql<{ facts: string }[]>`
    select facts from pipeline_router.scans
    where dataset = ${asked.dataset} and subject = ${asked.subject} and not withdrawn order by path collate "C"`;
  const scans = facts.map((row) => scanFactsFrom(row.facts)).filter((scan) => concerns(sliceOfScan(scan), asked));
  const ended = (await lastEnded(sql, documents, asked)).filter((row) => concerns(sliceOf(row), asked));
  const placed = documents.flatMap((document) =>
    document.locked.rules.flatMap((rule, index): Placed[] => {
      if (!grants.all && !grants.analyses.includes(rule.lock.analysis)) return [];
      const isOwn = (row: Row): boolean => row.document === document.name && row.rule === rule.name;
      const own = decided.filter(isOwn);
      const before = new Map(ended.filter(isOwn).map((row) => [row.sliceKey, row]));
      if (own.length === 0)
        return [
          {
            place: [document.name, index, 0, ""],
            explanation: ofNothing(document, rule, scans, asked, ended.find(isOwn)),
          },
        ];
      return own.map((row) => ({
        place: [document.name, index, row.subject === null ? 1 : 0, row.sliceKey],
        explanation: ofDecision(rule, row, before.get(row.sliceKey)),
      }));
    }),
  );
  return placed.sort((a, b) => comparePlaces(a.place, b.place));
};

type EndedRow = Row & { readonly version: string; readonly endedAt: Date; readonly endedWhy: string | null };

/** Of each rule and slice the last execution that was called for and no longer is. */
const lastEnded = (
  sql: ServiceContext["sql"],
  documents: readonly DocumentInForce[],
  { dataset, subject }: Asked,
): PromiseLike<EndedRow[]> =>
  sql<EndedRow[]>`
    select distinct on (document, rule, slice_key) * from pipeline_router.decisions
    where document = any(${documents.map(({ name }) => name)}::text[]) and dataset = ${dataset}
      and (subject = ${subject} or subject is null) and ended_at is not null and started_at is not null
    order by document, rule, slice_key, started_at desc`;

const beforeOf = (row: EndedRow | undefined): Explanation["before"] =>
  row === undefined
    ? null
    : {
        version: row.version,
        outcome: row.outcome,
        endedAt: row.endedAt.toISOString(),
        endedWhy: row.endedWhy ?? "",
      };

/** What is around the place, or within it. */
const concerns = (slice: SliceRef, { dataset, subject, session, scan }: Asked): boolean => {
  const level = scan !== null ? "scan" : session !== null ? "session" : "subject";
  const place: SliceRef = { level, dataset, subject, session: session ?? (scan === null ? null : slice.session), scan };
  return liesWithin(slice, place) || liesWithin(place, slice);
};

const ofDecision = (rule: LockedRule, row: Row, before: EndedRow | undefined): Explanation => ({
  ...head(row.document, rule),
  version: row.version,
  slice: sliceOf(row),
  reason: row.reason,
  progress: row.progress,
  outcome: row.outcome,
  decision: row.id,
  run: row.run,
  since: row.changedAt.toISOString(),
  before: beforeOf(before),
});

const ofNothing = (
  document: DocumentInForce,
  rule: LockedRule,
  scans: readonly ScanFacts[],
  asked: Asked,
  before: EndedRow | undefined,
): Explanation => ({
  ...head(document.name, rule),
  ...{ slice: null, progress: null, outcome: null, decision: null, run: null, since: null },
  reason: whyNothing(rule, scans, asked),
  before: beforeOf(before),
});

const head = (document: string, rule: LockedRule) => ({
  document,
  rule: rule.name,
  analysis: rule.lock.analysis,
  version: rule.lock.version,
});

const whyNothing = ({ rule: { on } }: LockedRule, scans: readonly ScanFacts[], { subject }: Asked): string => {
  if (scans.length === 0) return `no scan of sub-${subject} is known here`;
  if (on.kind === "derivative")
    return `looks at ${on.output ?? "outputs"} of ${on.analysis}, and none is expected here`;
  const reasons = scans.map((scan) => ({ scan, why: mismatches(on, scan) }));
  const nearest = reasons.toSorted((a, b) => a.why.length - b.why.length)[0];
  if (nearest === undefined || nearest.why.length === 0) return "is about to be evaluated";
  return `looks at no scan here: of ${nearest.scan.path}, ${nearest.why.join(" and ")}`;
};
