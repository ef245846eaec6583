import { sliceKey } from "@rollerblade/abids/facts";
import { type Transaction, transaction } from "@rollerblade/database";
import {
  datasetSlice,
  decideDataset,
  type LockedRule,
  makersOf,
  transitionsOf,
  type Verdict,
  waitForDataset,
} from "@rollerblade/pipeline";
import { type Mark, markDirty, placeName } from "../dirty.ts";
import { brakeStarts } from "./changes/brake-starts.ts";
import { addChanges, hasChanges, noChanges } from "./changes/changes.ts";
import { writeChanges } from "./changes/write-changes.ts";
import { lockPlaces, takeMarks } from "./claim-places.ts";
import type { DocumentInForce } from "./documents-in-force.ts";
import { earliest } from "./evaluate-subjects.ts";
import { documentsFor, type Evaluation, type Rulebook } from "./evaluation.ts";
import { isWoken, readGroupState, readLive, readMembers } from "./read-dataset.ts";
import { readGone, readOpenBatches } from "./read-subjects.ts";
import { sendRequests } from "./send-requests.ts";
import { type StandingRow, type StoredStanding, standingOf } from "./standing-row.ts";

/**
 * Evaluates the rules on a whole dataset, once none of its subjects is waiting to be evaluated: what is expected of them must be known
 * first. Tells whether it did.
 */
export const evaluateDataset = (
  evaluation: Evaluation,
  dataset: string,
  readRulebook: (tx: Transaction) => Promise<Rulebook>,
): Promise<boolean> =>
  transaction(evaluation.sql, async (tx) => {
    const [place] = await lockPlaces(tx, [{ dataset, subject: "" }]);
    if (place === undefined) return false;
    // Before the look at the subjects: a batch that has ended by now has marked each subject that it brought scans of.
    const openBatch = (await readOpenBatches(tx, [dataset])).has(dataset);
    if (await subjectsWait(tx, dataset)) return false;
    const traces = await takeMarks(tx, [place]);
    const documents = documentsFor(await readRulebook(tx), dataset);
    const standing = await readStanding(tx, dataset);
    const all = noChanges();
    const marks: Mark[] = [];
    const causeOf = () => traces.get(placeName(place)) ?? null;
    const newest = await readNewestScan(tx, dataset);
    const circumstances = { causeOf, now: Date.now(), overdueMs: evaluation.overdueMs };
    for (const document of documents) {
      const own = standing.filter(({ row }) => row.document === document.name);
      const verdicts = await verdictsOf(tx, document, dataset, own, openBatch);
      const isNew = () => newest !== null && newest > document.appliedAt;
      addChanges(all, document, transitionsOf(own, verdicts), { ...circumstances, isNew });
      const dueAt = earliest(null, verdicts);
      if (dueAt !== null) marks.push({ ...place, traceparent: null, dueAt: new Date(dueAt) });
    }
    const names = new Set(documents.map(({ name }) => name));
    for (const { row } of standing) if (!names.has(row.document)) all.end.push({ id: row.id, why: "withdrawn" });
    marks.push(...(await brakeStarts(tx, evaluation, all)));
    await sendRequests(tx, evaluation, await writeChanges(tx, evaluation.events, all));
    if (hasChanges(all) && documents.some((one) => buildsOnDatasets(one, "subjects"))) {
      marks.push(...(await allSubjects(tx, dataset, causeOf())));
    }
    if (hasChanges(all) && documents.some((one) => buildsOnDatasets(one, "dataset"))) {
      marks.push({ ...place, traceparent: causeOf() });
    }
    await markDirty(tx, marks);
    return true;
  });

const subjectsWait = async (tx: Transaction, dataset: string): Promise<boolean> => {
  const [row] = await tx`
    select 1 from pipeline_router.dirty where dataset = ${dataset} and subject <> '' and due_at <= now() limit 1`;
  return row !== undefined;
};

/** When a scan of the dataset came or changed last. */
const readNewestScan = async (tx: Transaction, dataset: string): Promise<Date | null> => {
  const [row] = await tx<{ newest: Date | null }[]>`
    select max(published_at) as newest from pipeline_router.scans where dataset = ${dataset}`;
  return row?.newest ?? null;
};

const readStanding = async (tx: Transaction, dataset: string): Promise<StoredStanding[]> => {
  const rows = await tx<StandingRow[]>`
    select id, document, rule, level, dataset, subject, session, scan, key, outcome, progress, reason, derivatives, failure,
      restarts, application, round, sends, sequence, asked_at, started_at, traceparent
    from pipeline_router.decisions where dataset = ${dataset} and subject is null and ended_at is null`;
  return rows.map(standingOf);
};

/** In the order in which the rules build on each other. */
const verdictsOf = async (
  tx: Transaction,
  document: DocumentInForce,
  dataset: string,
  standing: readonly StoredStanding[],
  openBatch: boolean,
): Promise<Verdict[]> => {
  const verdicts: Verdict[] = [];
  for (const rule of document.locked.rules.filter(({ manifest }) => manifest.level === "dataset")) {
    const of = { tx, document, rule, dataset };
    if (await isWoken(of)) verdicts.push(await verdictOf(of, standing, openBatch));
  }
  return verdicts;
};

/** A rule on a whole dataset, and the dataset that it is evaluated for. */
type DatasetRule = {
  readonly tx: Transaction;
  readonly document: DocumentInForce;
  readonly rule: LockedRule;
  readonly dataset: string;
};

const verdictOf = async (
  of: DatasetRule,
  standing: readonly StoredStanding[],
  openBatch: boolean,
): Promise<Verdict> => {
  const { tx, rule, dataset } = of;
  const waiting = waitForDataset(rule, dataset, await readGroupState(of, openBatch));
  if (waiting !== null) return waiting;
  const members = await readMembers(of);
  const stands = standing.find((one) => one.rule === rule.name);
  if (stands === undefined || stands.key === null) return decideDataset(rule, dataset, members, undefined, Date.now());
  const live = await readLive(of, sliceKey(datasetSlice(dataset)), stands.key);
  const gone = await readGone(tx, stands.derivatives ?? []);
  return decideDataset(rule, dataset, members, { standing: stands, live, gone }, Date.now());
};

/** Whether rules within subjects, or others on the whole dataset, build on what a whole dataset makes. */
const buildsOnDatasets = ({ locked }: DocumentInForce, where: "subjects" | "dataset"): boolean =>
  locked.rules.some(
    (rule) =>
      (rule.manifest.level === "dataset") === (where === "dataset") &&
      makersOf(rule).some((maker) => locked.rule.get(maker)?.manifest.level === "dataset"),
  );

const allSubjects = (tx: Transaction, dataset: string, traceparent: string | null): Promise<Mark[]> =>
  tx<Mark[]>`
    select distinct dataset, subject, ${traceparent}::text as traceparent from pipeline_router.scans
    where dataset = ${dataset} and not withdrawn`;
