import { setImmediate as breathe } from "node:timers/promises";
import { enclosing, type SliceRef, sliceKey, sliceOfScan } from "@rollerblade/abids/facts";
import { type Transaction, transaction } from "@rollerblade/database";
import { evaluateSubject, type SubjectFacts, transitionsOf, type Verdict } from "@rollerblade/pipeline";
import { type Mark, markDirty, type Place, placeName } from "../dirty.ts";
import { brakeStarts } from "./changes/brake-starts.ts";
import { addChanges, type Changes, noChanges } from "./changes/changes.ts";
import { writeChanges } from "./changes/write-changes.ts";
import { duePlaces, lockPlaces, takeMarks } from "./claim-places.ts";
import type { DocumentInForce } from "./documents-in-force.ts";
import { documentsFor, type Evaluation, postpone, type Rulebook } from "./evaluation.ts";
import { type Known, type LastChange, readSubjects } from "./read-subjects.ts";
import { sendRequests } from "./send-requests.ts";

/** Subjects of one transaction, at most. */
const subjectsAtOnce = 250;

/** So many subjects are evaluated before others in this process have their turn. */
const subjectsInOneGo = 25;

type ReadRulebook = (tx: Transaction) => Promise<Rulebook>;

/** Evaluates subjects that are due; tells whether there were any. If one of them is at fault, the others go on without it. */
export const evaluateSubjects = async (evaluation: Evaluation, readRulebook: ReadRulebook): Promise<boolean> => {
  const due = someOf(await duePlaces(evaluation.sql, false));
  if (due.length === 0) return false;
  try {
    return await evaluateTogether(evaluation, due, readRulebook);
  } catch {
    for (const place of due) {
      await evaluateTogether(evaluation, [place], readRulebook).catch((error) => postpone(evaluation, place, error));
    }
    return true;
  }
};

const evaluateTogether = (
  evaluation: Evaluation,
  due: readonly Place[],
  readRulebook: ReadRulebook,
): Promise<boolean> =>
  transaction(evaluation.sql, async (tx) => {
    const places = await lockPlaces(tx, due);
    if (places.length === 0) return false;
    const traces = await takeMarks(tx, places);
    const rulebook = await readRulebook(tx);
    const known = await readSubjects(tx, places);
    const changed: Mark[] = [];
    const all = noChanges();
    for (const [index, place] of places.entries()) {
      if (index % subjectsInOneGo === subjectsInOneGo - 1) await breathe();
      const before = countOf(all);
      const dueAt = evaluatePlace(all, place, known, rulebook, evaluation.overdueMs);
      const traceparent = traces.get(placeName(place)) ?? null;
      if (countOf(all) > before) changed.push({ dataset: place.dataset, subject: "", traceparent });
      if (dueAt !== null) changed.push({ ...place, traceparent: null, dueAt: new Date(dueAt) });
    }
    changed.push(...(await brakeStarts(tx, evaluation, all)));
    await sendRequests(tx, evaluation, await writeChanges(tx, evaluation.events, all));
    await markDirty(tx, changed);
    return true;
  });

/** Not the same ones that every other router looks at. */
const someOf = (due: readonly Place[]): readonly Place[] =>
  due.length <= subjectsAtOnce
    ? due
    : due
        .map((place) => ({ place, order: Math.random() }))
        .sort((a, b) => a.order - b.order)
        .slice(0, subjectsAtOnce)
        .map(({ place }) => place);

const countOf = ({ begin, promote, restate, end }: Changes): number =>
  begin.length + promote.length + restate.length + end.length;

/** Adds what has to change about one subject; gives back when time alone will change it again. */
const evaluatePlace = (
  changes: Changes,
  place: Place,
  known: Known,
  rulebook: Rulebook,
  overdueMs: number,
): number | null => {
  const documents = documentsFor(rulebook, place.dataset);
  const standing = known.standing.get(placeName(place)) ?? [];
  const now = Date.now();
  let dueAt: number | null = null;
  for (const document of documents) {
    const own = standing.filter(({ row }) => row.document === document.name);
    const verdicts = evaluateSubject(document.locked, factsOf(place, known, document.name, now));
    const causeOf = causesOf(place, known, document);
    const isNew = newnessOf(place, known, document);
    addChanges(changes, document, transitionsOf(own, verdicts), { causeOf, isNew, now, overdueMs });
    dueAt = earliest(dueAt, verdicts);
  }
  const names = new Set(documents.map(({ name }) => name));
  for (const { row } of standing) if (!names.has(row.document)) changes.end.push({ id: row.id, why: "withdrawn" });
  return dueAt;
};

/** The earliest moment at which time alone changes one of these verdicts. */
export const earliest = (dueAt: number | null, verdicts: readonly Verdict[]): number | null => {
  const times = verdicts.flatMap((verdict) => verdict.dueAt ?? []);
  return times.reduce<number | null>((first, time) => (first === null || time < first ? time : first), dueAt);
};

/** What one document's rules may ask of a subject. */
export const factsOf = (place: Place, known: Known, document: string, now: number): SubjectFacts => {
  const whole = placeName({ ...place, subject: "" });
  const scans = known.scans.get(placeName(place)) ?? [];
  const derivatives = [...(known.derivatives.get(placeName(place)) ?? []), ...(known.derivatives.get(whole) ?? [])];
  const standing = [...(known.standing.get(placeName(place)) ?? []), ...(known.standing.get(whole) ?? [])];
  const open = known.openBatches.get(place.dataset) ?? new Set();
  return {
    ...place,
    scans: scans.map(({ facts }) => facts),
    derivatives: derivatives.map(({ facts }) => facts),
    standing: standing.filter(({ row }) => row.document === document),
    held: new Set(scans.filter(({ batch }) => batch !== null && open.has(batch)).map(({ facts }) => facts.path)),
    openBatch: open.size > 0,
    gone: known.gone,
    knownSince: new Map(derivatives.map(({ facts, lastChange }) => [facts.id, lastChange.at.getTime()])),
    now,
  };
};

/** The cause of a verdict is the last event about its slice; or the applying, if that came later. */
const causesOf = (place: Place, known: Known, document: DocumentInForce): ((verdict: Verdict) => string | null) => {
  const about: { readonly slice: SliceRef; readonly lastChange: LastChange }[] = [
    ...(known.scans.get(placeName(place)) ?? []).map(({ facts, lastChange }) => ({
      slice: sliceOfScan(facts),
      lastChange,
    })),
    ...(known.derivatives.get(placeName(place)) ?? []).map(({ facts, lastChange }) => ({
      slice: facts.slice,
      lastChange,
    })),
  ];
  const applied: LastChange = { at: document.appliedAt, traceparent: document.traceparent };
  return ({ slice }) =>
    about
      .filter((one) => isWithin(one.slice, slice))
      .reduce((newest, { lastChange }) => (lastChange.at > newest.at ? lastChange : newest), applied).traceparent;
};

/** What is made of old scans is old, however late it is made: the later steps of a back-fill are part of it. */
const newnessOf = (place: Place, known: Known, { appliedAt }: DocumentInForce): ((verdict: Verdict) => boolean) => {
  const fresh = (known.scans.get(placeName(place)) ?? []).filter(({ lastChange }) => lastChange.at > appliedAt);
  return ({ slice }) => fresh.some(({ facts }) => isWithin(sliceOfScan(facts), slice));
};

const isWithin = (inner: SliceRef, slice: SliceRef): boolean => {
  const around = enclosing(inner, slice.level);
  return around !== undefined && sliceKey(around) === sliceKey(slice);
};
