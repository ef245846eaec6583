import type { PipelineDocument } from "../document/document.ts";
import { documentProblem, type Fault } from "../document/faults.ts";
import type { Analyses } from "./analysis-version.ts";
import { acceptFaults, checkLocked } from "./check-locked.ts";
import { acceptedRange, lockReferences } from "./lock-references.ts";
import { type LockedRun, lockRule } from "./lock-rule.ts";
import type { Locks } from "./locks.ts";

/**
 * Chooses the versions with which a document takes part from now on.
 * @throws Problem `invalid` with every rule that cannot run, and why
 */
export const lockDocument = (document: PipelineDocument, analyses: Analyses): Locks => {
  const outcomes = document.rules.map((rule) => lockRule(rule, analyses, acceptedRange(document, rule.run.analysis)));
  const faults = outcomes.flatMap((outcome) => (isLocked(outcome) ? [] : outcome));
  faults.push(...acceptFaults(document, analyses));
  if (faults.length > 0) throw documentProblem(document.name, faults);
  const runs = outcomes.filter(isLocked);
  const { references, faults: unknown } = lockReferences(document, runs, analyses);
  const all = unknown.length > 0 ? unknown : checkLocked(document, runs, references, analyses);
  if (all.length > 0) throw documentProblem(document.name, all);
  return { rules: Object.fromEntries(runs.map(({ rule, lock }) => [rule.name, lock])), references };
};

const isLocked = (outcome: LockedRun | readonly Fault[]): outcome is LockedRun => "lock" in outcome;
