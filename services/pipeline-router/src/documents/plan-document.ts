import type { PipelinePlan, RulePlan } from "@rollerblade/client";
import { type Transaction, transaction } from "@rollerblade/database";
import {
  evaluateSubject,
  type GroupState,
  type LockedDocument,
  type LockedRule,
  lockDocument,
  lockedDocument,
  matchesDataset,
  needName,
  type PipelineDocument,
  type Progress,
  parseDocument,
  transitionsOf,
  type Verdict,
  waitForDataset,
} from "@rollerblade/pipeline";
import type { ServiceContext } from "@rollerblade/service-kit";
import { placeName } from "../dirty.ts";
import { createDocuments, type DocumentInForce } from "../evaluation/documents-in-force.ts";
import { factsOf } from "../evaluation/evaluate-subjects.ts";
import { readOwnerRights } from "../evaluation/owner-rights.ts";
import { readOpenBatches, readSubjects } from "../evaluation/read-subjects.ts";
import type { StoredStanding } from "../evaluation/standing-row.ts";
import type { Offer } from "./apply-document.ts";
import { readKnownAnalyses } from "./known-analyses.ts";
import { requireNoConflict } from "./neighbours.ts";
import { requireOwnName } from "./own-name.ts";
import { addVerdict, countEnd, emptyPlan, planOf, type Tallied } from "./rule-plans.ts";

/** Subjects that are read at once. */
const subjectsAtOnce = 200;

/**
 * What applying a document would do, without doing it. What is started now changes what comes later, so that is only counted as later.
 * @throws Problem `invalid` with every fault
 */
export const planDocument = async (context: ServiceContext, offer: Offer): Promise<PipelinePlan> => {
  const document = parseDocument(offer.name, offer.source);
  const analyses = await readKnownAnalyses(context, document, offer.owner);
  const locks = lockDocument(document, analyses);
  const { owner } = await requireOwnName(context.sql, offer);
  const inForce = await createDocuments()(context.sql);
  const locked = lockedDocument(document, locks, analyses);
  await requireNoConflict(context.sql, { document, locks, locked, owner }, inForce, offer.owner);
  const before = inForce.find(({ name }) => name === offer.name);
  const rights = await readOwnerRights(context.sql, [owner]);
  const known = await context.sql<{ dataset: string }[]>`
    select distinct dataset from pipeline_router.scans where not withdrawn order by dataset`;
  const datasets = known
    .map(({ dataset }) => dataset)
    .filter((dataset) => matchesDataset(document.datasets, dataset))
    .filter((dataset) => rights.mayRun(owner, dataset));
  const tallied: Tallied = new Map(locked.rules.map(({ name }) => [name, emptyPlan()]));
  for (const dataset of datasets) await planDataset(context, locked, dataset, tallied);
  return {
    name: offer.name,
    replaces: before !== undefined,
    datasets,
    rules: rulePlans(locked, before, tallied),
    tags: tagChanges(document, before?.locked.document),
  };
};

const planDataset = async (
  { sql }: ServiceContext,
  locked: LockedDocument,
  dataset: string,
  tallied: Tallied,
): Promise<void> => {
  const subjects = await sql<{ subject: string }[]>`
    select distinct subject from pipeline_router.scans where dataset = ${dataset} and not withdrawn order by subject`;
  const progress = new Map<string, Partial<Record<Progress, number>>>();
  let changes = 0;
  for (let at = 0; at < subjects.length; at += subjectsAtOnce) {
    const places = subjects.slice(at, at + subjectsAtOnce).map(({ subject }) => ({ dataset, subject }));
    const known = await transaction(sql, (tx) => readSubjects(tx, places), { isolation: "repeatable read" });
    for (const place of places) {
      const facts = factsOf(place, known, locked.document.name, Date.now());
      const verdicts = evaluateSubject(locked, facts);
      const standing = (known.standing.get(placeName(place)) ?? []).filter(
        ({ row }) => row.document === locked.document.name,
      );
      changes += tally(tallied, verdicts, standing);
      for (const verdict of verdicts) count(progress, verdict);
    }
  }
  await transaction(sql, (tx) => planWhole(tx, locked, dataset, { progress, changes, tallied }));
};

const count = (progress: Map<string, Partial<Record<Progress, number>>>, verdict: Verdict): void => {
  const counts = progress.get(verdict.rule) ?? {};
  counts[verdict.progress] = (counts[verdict.progress] ?? 0) + 1;
  progress.set(verdict.rule, counts);
};

/** Adds verdicts; gives back how many decisions they would change. */
const tally = (tallied: Tallied, verdicts: readonly Verdict[], standing: readonly StoredStanding[]): number => {
  const { begin, promote, end } = transitionsOf(standing, verdicts);
  const started = new Set([...begin, ...promote].map(({ verdict }) => verdict));
  for (const verdict of verdicts) addVerdict(tallied, verdict, started.has(verdict));
  for (const { standing: one } of end) countEnd(tallied, one);
  return started.size + end.length;
};

type Within = {
  readonly progress: ReadonlyMap<string, Partial<Record<Progress, number>>>;
  readonly changes: number;
  readonly tallied: Tallied;
};

/** A join over the dataset is judged by counts; where nothing below it changes, what stands is kept. */
const planWhole = async (tx: Transaction, locked: LockedDocument, dataset: string, within: Within): Promise<void> => {
  const openBatch = (await readOpenBatches(tx, [dataset])).has(dataset);
  const rules = locked.rules.filter(({ manifest }) => manifest.level === "dataset");
  for (const rule of rules) {
    const [standing] = await tx<{ key: string | null; version: string; parametersHash: string }[]>`
      select key, version, parameters_hash from pipeline_router.decisions
      where document = ${locked.document.name} and rule = ${rule.name} and dataset = ${dataset} and ended_at is null`;
    const verdict = waitForDataset(rule, dataset, groupState(rule, within, openBatch));
    const { lock } = rule;
    const same =
      standing !== undefined &&
      standing.key !== null &&
      within.changes === 0 &&
      standing.version === lock.version &&
      standing.parametersHash === lock.parametersHash;
    const slice = { level: "dataset", dataset, subject: null, session: null, scan: null } as const;
    const starts: Verdict = {
      ...{
        rule: rule.name,
        slice,
        progress: same ? "succeeded" : "pending",
        reason: same ? "in force" : "started",
        dueAt: null,
      },
      call: { kind: "run", key: "", again: false, request: { slice, inputs: [], entities: {}, datatype: null } },
    };
    addVerdict(within.tallied, verdict ?? starts, !same);
  }
};

const groupState = (rule: LockedRule, { progress }: Within, openBatch: boolean): GroupState => ({
  tallies: rule.needs.map(({ need, supply }) => {
    const counts: Partial<Record<Progress, number>> = {};
    for (const maker of supply.makers) {
      for (const [state, number] of Object.entries(progress.get(maker) ?? {})) addTo(counts, state, number);
    }
    return { need: needName(need), counts, remade: 0 };
  }),
  openBatch,
  lastChange: 0,
  now: Date.now(),
});

const addTo = (counts: Record<string, number>, state: string, number: number): void => {
  counts[state] = (counts[state] ?? 0) + number;
};

const rulePlans = (locked: LockedDocument, before: DocumentInForce | undefined, tallied: Tallied): RulePlan[] => [
  ...locked.rules.map((rule) => planOf(rule, before?.locked.rule.get(rule.name), before !== undefined, tallied)),
  ...(before?.locked.rules ?? [])
    .filter(({ name }) => !locked.rule.has(name))
    .map(
      ({ name, lock }): RulePlan => ({
        ...{ rule: name, change: "removed", changes: [], analysis: lock.analysis, version: lock.version },
        ...(tallied.get(name) ?? emptyPlan()),
      }),
    ),
];

const tagChanges = (document: PipelineDocument, before: PipelineDocument | undefined): PipelinePlan["tags"] => {
  const old = new Map((before?.tags ?? []).map((tag) => [tag.name, JSON.stringify(tag)]));
  const names = document.tags.map(({ name }) => name);
  return {
    added: names.filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !names.includes(name)),
    changed: document.tags
      .filter((tag) => old.has(tag.name) && old.get(tag.name) !== JSON.stringify(tag))
      .map(({ name }) => name),
  };
};
