import { type DerivativeFacts, type Level, liesWithin, type ScanFacts, type SliceRef } from "@rollerblade/abids/facts";
import { type LockedDocument, type LockedRule, makes, type Supply } from "../lock/locked-rules.ts";
import { sameIdentity } from "../lock/locks.ts";
import { highestOf } from "./highest-version.ts";
import { keyOfSlice, placeKey, sliceAround } from "./slices.ts";
import type { SubjectFacts } from "./subject-facts.ts";
import type { Standing, Verdict } from "./verdict.ts";

/**
 * What is known while the rules of a document are evaluated one after the other: the facts, and the verdicts so far.
 */
export type State = {
  readonly facts: SubjectFacts;
  readonly standingOf: (rule: string, slice: SliceRef) => Standing | undefined;
  readonly scansWithin: (slice: SliceRef) => readonly ScanFacts[];
  /** The scans that a rule's `on` fits. */
  readonly scansFor: (rule: string) => readonly ScanFacts[];
  /** Verdicts of the rules that have been evaluated. */
  readonly verdictsOf: (rule: string) => readonly Verdict[];
  /** The derivatives that a rule's decisions in force have made. */
  readonly madeBy: (rule: string) => readonly DerivativeFacts[];
  /** The derivatives in force that an input, a need or a trigger sees. */
  readonly supplied: (supply: Supply) => readonly DerivativeFacts[];
  readonly conclude: (rule: LockedRule, verdicts: readonly Verdict[]) => void;
};

/** Begins with the decisions on the whole dataset, which are made elsewhere. */
export const beginState = (document: LockedDocument, facts: SubjectFacts): State => {
  const standing = new Map(facts.standing.map((one) => [placeKey(one.rule, one.slice), one]));
  const verdicts = new Map<string, readonly Verdict[]>();
  const made = new Map<string, readonly DerivativeFacts[]>();
  const conclude = (rule: LockedRule, concluded: readonly Verdict[]): void => {
    verdicts.set(rule.name, concluded);
    made.set(rule.name, inForce(rule, concluded, facts.derivatives));
  };
  for (const rule of document.rules) {
    if (rule.manifest.level !== "dataset") continue;
    conclude(rule, facts.standing.filter((one) => one.rule === rule.name).map(verdictOfStanding));
  }
  const madeBy = (rule: string): readonly DerivativeFacts[] => made.get(rule) ?? [];
  return {
    facts,
    standingOf: (rule, slice) => standing.get(placeKey(rule, slice)),
    scansWithin: scansByLevel(facts.scans),
    scansFor: scansByRule(document, facts.scans),
    verdictsOf: (rule) => verdicts.get(rule) ?? [],
    madeBy,
    supplied: ({ makers, identities }) =>
      makers.length > 0
        ? [...new Set(makers.flatMap(madeBy))]
        : highestOf(
            facts.derivatives.filter((derivative) => identities.some((identity) => sameIdentity(identity, derivative))),
          ),
    conclude,
  };
};

/**
 * Only what the decision that the state calls for has made: an older output that is still there does not count, and neither does a tree of
 * which not all files are known yet.
 */
const inForce = (
  rule: LockedRule,
  verdicts: readonly Verdict[],
  derivatives: readonly DerivativeFacts[],
): DerivativeFacts[] => {
  const hasTree = rule.manifest.outputs.some((output) => "tree" in output);
  const keys = new Map(
    verdicts.flatMap(({ slice, call, progress }) =>
      call.kind === "run" && (!hasTree || progress === "succeeded") ? [[keyOfSlice(slice), call.key] as const] : [],
    ),
  );
  return derivatives.filter(
    (derivative) => makes(rule.lock, derivative) && keys.get(keyOfSlice(derivative.slice)) === derivative.key,
  );
};

/** A decision of another evaluation as if it had been made in this one. */
const verdictOfStanding = ({ rule, slice, key, progress, reason }: Standing): Verdict => ({
  rule,
  slice,
  progress,
  reason,
  dueAt: null,
  call:
    key === null || progress !== "succeeded"
      ? { kind: "none" }
      : { kind: "run", key, again: false, request: { slice, inputs: [], entities: {}, datatype: null } },
});

/** Each scan is matched once, against the rules that may fit it. */
const scansByRule = (
  document: LockedDocument,
  scans: readonly ScanFacts[],
): ((rule: string) => readonly ScanFacts[]) => {
  const fitting = new Map<string, ScanFacts[]>();
  for (const scan of scans) {
    for (const rule of document.byScan.matching(scan)) {
      const known = fitting.get(rule);
      if (known === undefined) fitting.set(rule, [scan]);
      else known.push(scan);
    }
  }
  return (rule) => fitting.get(rule) ?? [];
};

const scansByLevel = (scans: readonly ScanFacts[]): ((slice: SliceRef) => readonly ScanFacts[]) => {
  const levels = new Map<Level, Map<string, ScanFacts[]>>();
  const group = (level: Level): Map<string, ScanFacts[]> => {
    const known = levels.get(level) ?? Map.groupBy(scans, (scan) => keyOfSlice(sliceAround(scan, level)));
    levels.set(level, known);
    return known;
  };
  return (slice) => group(slice.level).get(keyOfSlice(slice)) ?? [];
};

/** Whether one of the two slices lies in the other. */
export const related = (one: SliceRef, other: SliceRef): boolean => liesWithin(one, other) || liesWithin(other, one);
