import { type PipelinePlan, type RulePlan, schedulerRoutes } from "@rollerblade/client";
import { type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
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
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { placeName } from "../dirty.ts";
import { createDocuments, type DocumentInForce } from "../evaluation/documents-in-force.ts";
import { factsOf } from "../evaluation/evaluate-subjects.ts";
import { readOwnerRights } from "../evaluation/owner-rights.ts";
import { readOpenBatches, readSubjects } from "../evaluation/read-subjects.ts";
import type { StoredStanding } from "../evaluation/standing-row.ts";
import type { Offer } from "./apply-document.ts";
import { readKnownAnalyses } from "./known-analyses.ts";
import { requireKnownFields } from "./known-fields.ts";
import { requireNoConflict } from "./neighbours.ts";
import { requireClaimable, requireOwnName } from "./own-name.ts";
import {
  addForeseen,
  addVerdict,
  countEnd,
  emptyPlan,
  isSame,
  planOf,
  type Start,
  type Tallied,
} from "./rule-plans.ts";

/** Subjects that are read at once. */
const subjectsAtOnce = 200;

/**
 * What applying a document would do, without doing it. What is started now changes what comes later, so that is only counted as later.
 * @throws Problem `invalid` with every fault
 */
export const planDocument = async (context: ServiceContext, offer: Offer): Promise<PipelinePlan> => {
  const document = parseDocument(offer.name, offer.source);
  const notices = await requireKnownFields(context, document, offer.owner);
  const analyses = await readKnownAnalyses(context, document, offer.owner);
  const locks = lockDocument(document, analyses);
  const { owner } = await requireOwnName(context.sql, offer);
  await requireClaimable(context, offer);
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
  const same = new Set(
    locked.rules.filter((rule) => isSame(rule, before?.locked.rule.get(rule.name))).map(({ name }) => name),
  );
  for (const dataset of datasets) await planDataset(context, { locked, owner: offer.owner, same, tallied }, dataset);
  return {
    name: offer.name,
    replaces: before !== undefined,
    datasets,
    rules: rulePlans(locked, before, tallied),
    tags: tagChanges(document, before?.locked.document),
    notices: [...notices],
  };
};

/** What the plan of one dataset is made with. */
type Planning = {
  readonly locked: LockedDocument;
  readonly owner: Principal;
  /** Names of the rules that are the same in the document in force. */
  readonly same: ReadonlySet<string>;
  readonly tallied: Tallied;
};

const planDataset = async (context: ServiceContext, planning: Planning, dataset: string): Promise<void> => {
  const { sql } = context;
  const { locked, tallied } = planning;
  const subjects = await sql<{ subject: string }[]>`
    select distinct subject from pipeline_router.scans where dataset = ${dataset} and not withdrawn order by subject`;
  const progress = new Map<string, Partial<Record<Progress, number>>>();
  const changed = new Set<string>();
  for (let at = 0; at < subjects.length; at += subjectsAtOnce) {
    const places = subjects.slice(at, at + subjectsAtOnce).map(({ subject }) => ({ dataset, subject }));
    const known = await transaction(sql, (tx) => readSubjects(tx, places), { isolation: "repeatable read" });
    for (const place of places) {
      const facts = factsOf(place, known, locked.document.name, Date.now());
      const verdicts = evaluateSubject(locked, facts);
      const standing = (known.standing.get(placeName(place)) ?? []).filter(
        ({ row }) => row.document === locked.document.name,
      );
      const { starts, rules } = tally(tallied, verdicts, standing);
      for (const rule of rules) changed.add(rule);
      await foresee(context, planning, starts);
      for (const verdict of verdicts) count(progress, verdict);
    }
  }
  await transaction(sql, (tx) => planWhole(tx, planning, dataset, { progress, changed }));
};

const count = (progress: Map<string, Partial<Record<Progress, number>>>, verdict: Verdict): void => {
  const counts = progress.get(verdict.rule) ?? {};
  counts[verdict.progress] = (counts[verdict.progress] ?? 0) + 1;
  progress.set(verdict.rule, counts);
};

/** Asks the scheduler what would become of executions; while it is away, all of them count as to be computed. */
const foresee = async (
  context: ServiceContext,
  { locked, owner, tallied }: Planning,
  starts: readonly Start[],
): Promise<void> => {
  for (const [name, own] of Map.groupBy(starts, ({ rule }) => rule)) {
    const rule = locked.rule.get(name);
    if (rule === undefined) continue;
    const { analysis, version, parametersHash } = rule.lock;
    for (let at = 0; at < own.length; at += startsAtOnce) {
      const items = own.slice(at, at + startsAtOnce).map(({ key, request }) => ({
        key,
        dataset: request.slice.dataset,
        entities: { ...request.entities },
        datatype: request.datatype,
      }));
      const body = { analysis, version, parametersHash, items };
      const foreseen = await context
        .peer("scheduler", owner)
        .call(schedulerRoutes.foreseeTasks, { body })
        .catch((error: unknown) => {
          if (Problem.from(error).code !== "unavailable") throw error;
          return { items: items.map(() => "run" as const) };
        });
      addForeseen(tallied, name, foreseen.items);
    }
  }
};

/** Executions that the scheduler is asked about at once. */
const startsAtOnce = 1_000;

type Tally = { readonly starts: readonly Start[]; readonly rules: ReadonlySet<string> };

/** Adds verdicts; gives back the executions that they would request, and the rules whose decisions they would change. */
const tally = (tallied: Tallied, verdicts: readonly Verdict[], standing: readonly StoredStanding[]): Tally => {
  const { begin, promote, end } = transitionsOf(standing, verdicts);
  const started = new Set([...begin, ...promote].map(({ verdict }) => verdict));
  for (const verdict of verdicts) addVerdict(tallied, verdict, started.has(verdict));
  for (const { standing: one } of end) countEnd(tallied, one);
  for (const { rule } of [...started].filter(({ call }) => call.kind === "run" && call.accepted !== undefined))
    addForeseen(tallied, rule, ["inPlace"]);
  const starts = [...started].flatMap(({ rule, call }) =>
    call.kind === "run" && call.accepted === undefined ? [{ rule, key: call.key, request: call.request }] : [],
  );
  const changed = [...started].filter(({ call }) => call.kind === "run");
  return { starts, rules: new Set([...changed, ...end.map((one) => one.standing)].map(({ rule }) => rule)) };
};

type Within = {
  readonly progress: ReadonlyMap<string, Partial<Record<Progress, number>>>;
  /** Rules with decisions that would begin or end. */
  readonly changed: ReadonlySet<string>;
};

/** A join over the dataset is judged by counts; where neither it nor anything that makes its members changes, what stands is kept. */
const planWhole = async (
  tx: Transaction,
  { locked, same: sameRules, tallied }: Planning,
  dataset: string,
  within: Within,
): Promise<void> => {
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
      sameRules.has(rule.name) &&
      !rule.needs.some(({ supply }) => supply.makers.some((maker) => within.changed.has(maker))) &&
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
    addVerdict(tallied, verdict ?? starts, !same);
    // Its key is known only when its members are collected: that it is made anew is what a change of its members means.
    if (verdict === null && !same) addForeseen(tallied, rule.name, ["run"]);
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
