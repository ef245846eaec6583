import type { LockedDocument } from "../lock/locked-rules.ts";
import { candidatesOf } from "./candidates.ts";
import { decideSlice } from "./decide-slice.ts";
import { beginState } from "./state.ts";
import type { SubjectFacts } from "./subject-facts.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What the state calls for within one subject, for every rule of a document that works on scans, sessions or subjects.
 * Rules are evaluated in the order in which they build on each other, so that what is still to come is known to those
 * that wait for it.
 */
export const evaluateSubject = (document: LockedDocument, facts: SubjectFacts): Verdict[] => {
  const state = beginState(document, facts);
  for (const rule of document.rules) {
    if (rule.manifest.level === "dataset") continue;
    state.conclude(
      rule,
      candidatesOf(rule, state).map((candidate) => decideSlice(rule, candidate, state)),
    );
  }
  return document.rules
    .filter(({ manifest }) => manifest.level !== "dataset")
    .flatMap(({ name }) => state.verdictsOf(name));
};
