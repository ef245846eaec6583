import type { ScanFacts, SliceRef } from "@rollerblade/abids/facts";
import { acceptsScan as acceptsName } from "@rollerblade/analysis";
import type { QueryFacts } from "@rollerblade/query";
import { factsOfScan, factsOfSlice } from "../document/condition.ts";
import type { LockedRule } from "../lock/locked-rules.ts";
import { around, keyOfSlice, sliceAround } from "./slices.ts";
import type { State } from "./state.ts";
import { isExpected } from "./verdict.ts";

/** A slice that a rule may start, with the facts for its condition, one set for each thing that triggered the rule. */
export type Candidate = { readonly slice: SliceRef; readonly triggers: readonly QueryFacts[] };

type Trigger = {
  readonly slice: SliceRef;
  /** Where it is one. */
  readonly scan?: ScanFacts;
  readonly facts: () => QueryFacts;
};

/**
 * The slices that a rule looks at; its outputs' existence plays no part, so that what is still to come is among them.
 */
export const candidatesOf = (rule: LockedRule, state: State): Candidate[] => {
  const candidates = new Map<string, { slice: SliceRef; triggers: QueryFacts[] }>();
  for (const trigger of rule.rule.on.kind === "scan" ? scanTriggers(rule, state) : derivativeTriggers(rule, state)) {
    for (const slice of slicesFor(rule, trigger, state)) {
      const known = candidates.get(keyOfSlice(slice)) ?? { slice, triggers: [] };
      if (rule.condition !== null)
        known.triggers.push(rule.rule.join === null ? trigger.facts() : groupFacts(slice, state));
      candidates.set(keyOfSlice(slice), known);
    }
  }
  return [...candidates.values()];
};

const groupFacts = (slice: SliceRef, state: State): QueryFacts => factsOfSlice(slice, state.scansWithin(slice));

const scanTriggers = ({ name }: LockedRule, state: State): Trigger[] =>
  state.scansFor(name).map((scan) => ({ slice: sliceAround(scan, "scan"), scan, facts: () => factsOfScan(scan) }));

const derivativeTriggers = (rule: LockedRule, state: State): Trigger[] => {
  const { trigger } = rule;
  if (trigger === null) return [];
  const slices =
    trigger.makers.length > 0
      ? trigger.makers.flatMap((maker) => state.verdictsOf(maker).filter(isExpected))
      : state.supplied(trigger).filter(({ output }) => isAsked(rule, output));
  return slices.map(({ slice }) => ({ slice, facts: () => factsOfSlice(slice, state.scansWithin(slice)) }));
};

const isAsked = ({ rule: { on } }: LockedRule, output: string): boolean =>
  on.kind === "derivative" && (on.output === null || on.output === output);

/** The slice of the rule's level around what woke it up, or, where that is larger, every such slice in it. */
const slicesFor = (rule: LockedRule, { slice, scan: woke }: Trigger, state: State): SliceRef[] => {
  const { level } = rule.manifest;
  if (woke !== undefined) return [sliceAround(woke, level)];
  const outer = around(slice, level);
  if (outer !== undefined) return [outer];
  const within = slice.level === "dataset" ? state.facts.scans : state.scansWithin(slice);
  return within.filter((scan) => acceptsScan(rule, scan)).map((scan) => sliceAround(scan, level));
};

/** Whether some input could be this very scan: without one, a scan of the dataset would wait for ever. */
const acceptsScan = ({ manifest }: LockedRule, scan: ScanFacts): boolean => {
  if (manifest.level !== "scan") return true;
  return manifest.inputs.every((input) => input.kind !== "raw") || acceptsName(manifest, scan);
};
