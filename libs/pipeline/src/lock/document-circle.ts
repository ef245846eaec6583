import { patternsOverlap } from "../document/dataset-pattern.ts";
import { documentProblem } from "../document/faults.ts";
import type { LockedDocument, LockedRule } from "./locked-rules.ts";
import { type Identity, sameIdentity } from "./locks.ts";

/** A rule of one of several documents. */
type Node = { readonly document: LockedDocument; readonly rule: LockedRule };

/**
 * Refuses a document one of whose rules would start itself by way of the rules of others: each end of the one would
 * start the other, without end. Only documents that may speak for the same dataset are looked at. @throws Problem
 * `invalid` with the way round, in which documents that are not named stand as `another document`
 */
export const requireNoCircle = (
  document: LockedDocument,
  others: readonly LockedDocument[],
  isNamed: (document: string) => boolean = () => true,
): void => {
  const neighbours = others.filter((other) => other.document.name !== document.document.name);
  const all = [document, ...neighbours];
  const nodes = all.flatMap((one) => one.rules.map((rule): Node => ({ document: one, rule })));
  const circle = document.rules.map((rule) => wayRound({ document, rule }, nodes)).find((way) => way !== null);
  const [first] = circle ?? [];
  if (circle === undefined || circle === null || first === undefined) return;
  const path = [...circle, first]
    .map(({ document: of, rule }) =>
      isNamed(of.document.name) ? `${of.document.name}/${rule.name}` : "another document",
    )
    .join(" → ");
  const { position, name } = first.rule.rule;
  const message = `waits for itself by way of other documents: ${path}; take one of these rules out, or give it another version or other parameters`;
  throw documentProblem(document.document.name, [{ position, part: `rule ${name}`, field: "on", message }]);
};

/** The shortest way from a rule back to itself, along what each rule is made from; null where there is none. */
const wayRound = (start: Node, nodes: readonly Node[]): readonly Node[] | null => {
  const seen = new Set<LockedRule>();
  let ways: readonly (readonly Node[])[] = [[start]];
  while (ways.length > 0) {
    const longer: (readonly Node[])[] = [];
    for (const way of ways) {
      const last = way.at(-1);
      if (last === undefined) continue;
      for (const maker of nodes.filter((node) => isMadeFrom(last, node))) {
        if (maker.rule === start.rule) return way;
        if (seen.has(maker.rule)) continue;
        seen.add(maker.rule);
        longer.push([...way, maker]);
      }
    }
    ways = longer;
  }
  return null;
};

/** Whether a rule takes what another one makes, in a dataset that both may speak for. */
const isMadeFrom = (taker: Node, maker: Node): boolean =>
  taken(taker.rule).some((identity) => sameIdentity(identity, maker.rule.lock)) &&
  taker.document.document.datasets.some((pattern) =>
    maker.document.document.datasets.some((other) => patternsOverlap(pattern, other)),
  );

/** What a rule looks at, takes as input, or waits for. */
const taken = ({ trigger, inputs, needs }: LockedRule): Identity[] => [
  ...(trigger?.identities ?? []),
  ...[...inputs.values()].flatMap(({ identities }) => identities),
  ...needs.flatMap(({ supply }) => supply.identities),
];
