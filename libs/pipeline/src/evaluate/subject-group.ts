import { type DerivativeFacts, liesWithin, type SliceRef } from "@rollerblade/abids/facts";
import type { LockedRule, Supply } from "../lock/locked-rules.ts";
import { sameIdentity } from "../lock/locks.ts";
import { type GroupState, needName, type Tally } from "./readiness.ts";
import { keyOfSlice } from "./slices.ts";
import type { State } from "./state.ts";
import type { Progress } from "./verdict.ts";

/** What a group within one subject has, from the verdicts of the rules that make what it needs. */
export const groupStateOf = (rule: LockedRule, group: SliceRef, state: State): GroupState => ({
  tallies: rule.needs.map((need) => tallyOf(need, group, state)),
  openBatch: state.facts.openBatch,
  lastChange: lastChange(rule, group, state),
  now: state.facts.now,
});

const tallyOf = ({ need, supply }: LockedRule["needs"][number], group: SliceRef, state: State): Tally => {
  const counts: Partial<Record<Progress, number>> = {};
  const add = (progress: Progress): void => {
    counts[progress] = (counts[progress] ?? 0) + 1;
  };
  let remade = 0;
  for (const maker of supply.makers) {
    for (const { slice, progress } of state.verdictsOf(maker)) {
      if (!liesWithin(slice, group)) continue;
      add(progress);
      if (progress === "pending" && wasMade(supply, slice, state)) remade += 1;
    }
  }
  if (supply.makers.length === 0) counts.succeeded = countMade(membersOf(need, supply, group, state));
  return { need: needName(need), counts, remade };
};

/** Counts what was made of how many slices, and not the files: one execution may make a tree of them. */
export const countMade = (derivatives: readonly Pick<DerivativeFacts, "slice" | "key">[]): number =>
  new Set(derivatives.map(({ slice, key }) => `${keyOfSlice(slice)} ${key}`)).size;

/** Whether an output of a supply is in force at a slice, by whichever decision. */
const wasMade = ({ identities }: Supply, slice: SliceRef, { facts }: State): boolean => {
  const place = keyOfSlice(slice);
  return facts.derivatives.some(
    (derivative) =>
      keyOfSlice(derivative.slice) === place && identities.some((identity) => sameIdentity(identity, derivative)),
  );
};

const membersOf = (need: { readonly output: string }, supply: Supply, group: SliceRef, state: State) =>
  state.supplied(supply).filter(({ slice, output }) => output === need.output && liesWithin(slice, group));

const lastChange = (rule: LockedRule, group: SliceRef, state: State): number | null => {
  const members = rule.needs.flatMap(({ need, supply }) => membersOf(need, supply, group, state));
  const times = members.map(({ id }) => state.facts.knownSince.get(id) ?? state.facts.now);
  return times.length === 0 ? null : Math.max(...times);
};
