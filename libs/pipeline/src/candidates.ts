import { enclosing, type ScanFacts, type SliceRef, sliceKey, sliceOfScan } from "@rollerblade/analysis";
import type { QueryFacts } from "@rollerblade/query";
import { factsOfScan, factsOfSlice } from "./condition.ts";
import type { LockedDocument, LockedRule } from "./locked-rules.ts";
import type { State } from "./state.ts";

/** A slice that a rule may start, with what each thing that woke the rule up tells its condition. */
export type Candidate = { readonly slice: SliceRef; readonly triggers: readonly QueryFacts[] };

type Trigger = { readonly slice: SliceRef; readonly facts: () => QueryFacts };

/** The slices that a rule looks at; its outputs' existence plays no part, so that what is still to come is among them. */
export const candidatesOf = (rule: LockedRule, document: LockedDocument, state: State): Candidate[] => {
  const candidates = new Map<string, { slice: SliceRef; triggers: QueryFacts[] }>();
  for (const trigger of rule.rule.on.kind === "scan"
    ? scanTriggers(rule, document, state)
    : derivativeTriggers(rule, state)) {
    for (const slice of slicesFor(rule, trigger.slice, state)) {
      const known = candidates.get(sliceKey(slice)) ?? { slice, triggers: [] };
      if (rule.condition !== null)
        known.triggers.push(rule.rule.join === null ? trigger.facts() : groupFacts(slice, state));
      candidates.set(sliceKey(slice), known);
    }
  }
  return [...candidates.values()];
};

const groupFacts = (slice: SliceRef, state: State): QueryFacts => factsOfSlice(slice, state.scansWithin(slice));

const scanTriggers = (rule: LockedRule, document: LockedDocument, { facts }: State): Trigger[] =>
  facts.scans
    .filter((scan) => document.byScan.matching(scan).includes(rule.name))
    .map((scan) => ({ slice: sliceOfScan(scan), facts: () => factsOfScan(scan) }));

const derivativeTriggers = (rule: LockedRule, state: State): Trigger[] => {
  const { trigger } = rule;
  if (trigger === null) return [];
  const slices =
    trigger.makers.length > 0
      ? trigger.makers.flatMap((maker) => state.verdictsOf(maker).filter(({ progress }) => progress !== "not-called"))
      : state.supplied(trigger).filter(({ output }) => isAsked(rule, output));
  return slices.map(({ slice }) => ({ slice, facts: () => factsOfSlice(slice, state.scansWithin(slice)) }));
};

const isAsked = ({ rule: { on } }: LockedRule, output: string): boolean =>
  on.kind === "derivative" && (on.output === null || on.output === output);

/** The slice of the rule's level around what woke it up, or, where that is larger, every such slice in it. */
const slicesFor = (rule: LockedRule, slice: SliceRef, state: State): SliceRef[] => {
  const { level } = rule.manifest;
  const around = enclosing(slice, level);
  if (around !== undefined) return [around];
  const within = slice.level === "dataset" ? state.facts.scans : state.scansWithin(slice);
  return within.filter((scan) => acceptsScan(rule, scan)).flatMap((scan) => enclosing(sliceOfScan(scan), level) ?? []);
};

/** Whether some input could be this very scan: without one, a scan of the dataset would wait for ever. */
const acceptsScan = ({ manifest }: LockedRule, scan: ScanFacts): boolean => {
  if (manifest.level !== "scan") return true;
  const raw = manifest.inputs.filter((input) => input.kind === "raw");
  return raw.length === 0 || raw.some((input) => input.suffix === scan.suffix && input.extension === scan.extension);
};
