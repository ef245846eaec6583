import { type LockedRule, placeKey, type Transitions, type Verdict } from "@rollerblade/pipeline";
import type { DocumentInForce } from "../documents-in-force.ts";
import type { StandingRow, StoredStanding } from "../standing-row.ts";

/** What is to be written and asked for after an evaluation, over any number of documents and places. */
export type Changes = {
  readonly begin: BeginDecision[];
  readonly promote: PromoteDecision[];
  readonly restate: { readonly id: string; readonly progress: string; readonly reason: string }[];
  readonly end: { readonly id: string; readonly why: string }[];
  /** Decisions that stay and are requested again. */
  readonly again: RequestAgain[];
  /** Decisions that failed before the document was applied again, or that accept what is there: they only belong to the new application. */
  readonly adopt: { readonly id: string; readonly application: string; readonly run: string | null }[];
};

type Decided = {
  readonly document: DocumentInForce;
  readonly rule: LockedRule;
  readonly verdict: Verdict;
  readonly traceparent: string | null;
  readonly priority: RequestPriority;
};

/**
 * Which requests go first: `pipeline` for what is new since the document was applied and for what a person has retried, `backfill` for
 * what was there before. The back-fill of a rule may take weeks; a scan that comes meanwhile does not wait for it.
 */
export type RequestPriority = "pipeline" | "backfill";

/** A decision, or the note that nothing is called for. */
export type BeginDecision = Decided & {
  readonly restarts: number;
  /** Whether another one ends for it. */
  readonly replaces: boolean;
};

/** A note that becomes a decision. */
export type PromoteDecision = Decided & {
  readonly id: string;
  /** Of the note. */
  readonly reason: string;
};

/** A request for a decision that stands: a new round, or the same one once more where nobody answered. */
export type RequestAgain = Decided & { readonly row: StandingRow; readonly newRound: boolean };

/** Nothing to write. */
export const noChanges = (): Changes => ({ begin: [], promote: [], restate: [], end: [], again: [], adopt: [] });

/** Whether something is to be written that others may build on. */
export const hasChanges = ({ begin, promote, restate, end }: Changes): boolean =>
  begin.length + promote.length + restate.length + end.length > 0;

/** What an evaluation is judged by, besides facts. */
export type Circumstances = {
  /** Trace of what caused a verdict. */
  readonly causeOf: (verdict: Verdict) => string | null;
  /** Whether a scan of the slice came, or was stated anew, after the document was applied. */
  readonly isNew: (verdict: Verdict) => boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds after which a request that nobody answered is sent again, for the first time. */
  readonly overdueMs: number;
};

/** The rule, with the version that a verdict is about. */
const ruleOf = ({ locked }: DocumentInForce, { rule: name, call }: Verdict): LockedRule | undefined => {
  const rule = locked.rule.get(name);
  if (call.kind !== "run" || call.accepted === undefined) return rule;
  return rule?.accepted.find(({ lock }) => lock.version === call.accepted);
};

/** Whether a verdict calls for an execution that has to be requested: one that is accepted is in place. */
export const isRequested = ({ call }: Verdict): boolean => call.kind === "run" && call.accepted === undefined;

/** The outcome that a decision begins with. */
export const firstOutcome = (verdict: Verdict): "asked" | "in-place" | null => {
  if (verdict.call.kind !== "run") return null;
  return isRequested(verdict) ? "asked" : "in-place";
};

/** Adds what transitions mean for the store. */
export const addChanges = (
  changes: Changes,
  document: DocumentInForce,
  { begin, promote, restate, end, stay }: Transitions<StoredStanding>,
  { causeOf, isNew, now, overdueMs }: Circumstances,
): void => {
  const decided = (verdict: Verdict): Decided | undefined => {
    const rule = ruleOf(document, verdict);
    const priority = isNew(verdict) ? "pipeline" : "backfill";
    return rule && { document, rule, verdict, traceparent: causeOf(verdict), priority };
  };
  const ended = new Set(end.map(({ standing: { rule, slice } }) => placeKey(rule, slice)));
  for (const { verdict, restarts } of begin) {
    const made = decided(verdict);
    const replaces = ended.has(placeKey(verdict.rule, verdict.slice));
    if (made !== undefined) changes.begin.push({ ...made, restarts, replaces });
  }
  for (const { verdict, standing } of promote) {
    const made = decided(verdict);
    if (made !== undefined) changes.promote.push({ ...made, id: standing.row.id, reason: standing.reason });
  }
  for (const { standing, progress, reason } of restate) changes.restate.push({ id: standing.row.id, progress, reason });
  for (const { standing, why } of end) changes.end.push({ id: standing.row.id, why });
  for (const { verdict, standing } of stay) {
    const made = decided(verdict);
    if (made !== undefined) addStaying(changes, made, standing.row, now, overdueMs);
  }
};

/**
 * Applying asks for everything again, except for what failed, which waits for a change or a retry. A retry takes the outcome away, so a
 * decision without one is asked for whatever its application is: it may have been adopted by a later one at the same moment.
 */
const addStaying = (changes: Changes, made: Decided, row: StandingRow, now: number, overdueMs: number): void => {
  const { application, runs } = made.document;
  const failed = row.outcome === "failed" || row.outcome === "cancelled";
  const isAsked = isRequested(made.verdict);
  if (isAsked && row.outcome === null) {
    changes.again.push({ ...made, priority: "pipeline", traceparent: made.document.traceparent, row, newRound: true });
  } else if (row.application !== application && (failed || !isAsked)) {
    changes.adopt.push({ id: row.id, application, run: runs.get(row.rule) ?? null });
  } else if (row.application !== application) {
    changes.again.push({ ...made, traceparent: made.document.traceparent, row, newRound: true });
  } else if (row.outcome === "asked" && isAsked && isOverdue(row, now, overdueMs)) {
    changes.again.push({ ...made, traceparent: row.traceparent, row, newRound: false });
  }
};

/** Twice as patient after each time. */
const isOverdue = ({ askedAt, sends }: StandingRow, now: number, overdueMs: number): boolean =>
  askedAt !== null && askedAt.getTime() + overdueMs * 2 ** Math.min(sends - 1, 10) <= now;
