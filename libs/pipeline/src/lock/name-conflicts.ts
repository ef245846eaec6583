import { patternsOverlap } from "../document/dataset-pattern.ts";
import type { PipelineDocument } from "../document/document.ts";
import { documentProblem } from "../document/faults.ts";
import { type Locks, sameIdentity } from "./locks.ts";

/** A document that is in force. */
export type AppliedDocument = { readonly name: string; readonly datasets: readonly string[]; readonly locks: Locks };

/**
 * Refuses rules that would make the same names as a rule of another document: the same version of an analysis with the
 * same parameters, in datasets that both speak for.
 * @param isNamed whether the message may name another document and its rules
 * @throws Problem `invalid`
 */
export const requireOwnNames = (
  document: PipelineDocument,
  locks: Locks,
  others: readonly AppliedDocument[],
  isNamed: (document: string) => boolean = () => true,
): void => {
  const neighbours = others.filter(
    (other) => other.name !== document.name && overlap(document.datasets, other.datasets),
  );
  const faults = document.rules.flatMap((rule) => {
    const lock = locks.rules[rule.name];
    if (lock === undefined) return [];
    return neighbours.flatMap((other) =>
      Object.entries(other.locks.rules)
        .filter(([, taken]) => sameIdentity(lock, taken))
        .map(([taker]) => ({
          position: rule.position,
          part: `rule ${rule.name}`,
          field: "run",
          message: `${isNamed(other.name) ? `rule ${taker} of document ${other.name}` : "another document"} makes the same files (${lock.analysis} ${lock.version} with the same parameters); run it in one of the two, or give it other parameters`,
        })),
    );
  });
  if (faults.length > 0) throw documentProblem(document.name, faults);
};

const overlap = (one: readonly string[], other: readonly string[]): boolean =>
  one.some((pattern) => other.some((neighbour) => patternsOverlap(pattern, neighbour)));
