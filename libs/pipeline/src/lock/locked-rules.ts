import type { JsonObject } from "@rollerblade/abids";
import type { Manifest } from "@rollerblade/analysis";
import type { Expression } from "@rollerblade/query";
import { conditionOf } from "../document/condition.ts";
import type { Need, PipelineDocument, Rule } from "../document/document.ts";
import { indexByScan, type ScanIndex } from "../document/rule-index.ts";
import { type Analyses, analysisVersion } from "./analysis-version.ts";
import { derivativeInputs } from "./lock-references.ts";
import { type Identity, type Locks, type RuleLock, referenceKey, sameIdentity, type VersionLock } from "./locks.ts";

/** Where an input, a need or a trigger finds its derivatives: rules that make them, and what counts as them. */
export type Supply = { readonly makers: readonly string[]; readonly identities: readonly Identity[] };

/** A rule with everything that evaluating it needs. */
export type LockedRule = {
  readonly name: string;
  readonly rule: Rule;
  readonly lock: RuleLock;
  /** The rule as it would be with each version whose results it takes for its own, the highest first. */
  readonly accepted: readonly LockedRule[];
  readonly manifest: Manifest;
  readonly code: string;
  readonly parameters: JsonObject;
  readonly condition: Expression | null;
  /** Of `on`, where it looks at derivatives. */
  readonly trigger: Supply | null;
  /** Of its inputs that are derivatives, by name. */
  readonly inputs: ReadonlyMap<string, Supply>;
  readonly needs: readonly { readonly need: Need; readonly supply: Supply }[];
};

/** A document in force, ready to be evaluated. */
export type LockedDocument = {
  readonly document: PipelineDocument;
  readonly locks: Locks;
  /** What makes something stands before what uses it. */
  readonly rules: readonly LockedRule[];
  readonly rule: ReadonlyMap<string, LockedRule>;
  /** The rules whose `on` looks at scans. */
  readonly byScan: ScanIndex<string>;
};

/** Puts document, locks and manifests together. @throws Error when a locked version is not among the analyses */
export const lockedDocument = (document: PipelineDocument, locks: Locks, analyses: Analyses): LockedDocument => {
  const rules = inOrder(document.rules.map((rule) => lockedRule(rule, document, locks, analyses)));
  const scanRules = rules.flatMap(({ name, rule: { on } }) =>
    on.kind === "scan" ? [{ item: name, pattern: on }] : [],
  );
  return {
    document,
    locks,
    rules,
    rule: new Map(rules.map((rule) => [rule.name, rule])),
    byScan: indexByScan(scanRules),
  };
};

const lockedRule = (rule: Rule, document: PipelineDocument, locks: Locks, analyses: Analyses): LockedRule => {
  const lock = locks.rules[rule.name];
  if (lock === undefined) throw unknownVersion(rule, document);
  const { accepts = [], ...own } = lock;
  const withVersion = (version: VersionLock): LockedRule => ruleWith(version, rule, document, locks, analyses);
  return { ...withVersion(own), lock, accepted: accepts.map(withVersion) };
};

const unknownVersion = (rule: Rule, document: PipelineDocument): Error =>
  new Error(`Rule ${rule.name} of ${document.name} is locked to a version that is not known.`);

const ruleWith = (
  lock: VersionLock,
  rule: Rule,
  document: PipelineDocument,
  locks: Locks,
  analyses: Analyses,
): LockedRule => {
  const analysis = analysisVersion(analyses, lock.analysis, lock.version);
  if (analysis === undefined) throw unknownVersion(rule, document);
  const { manifest, code } = analysis;
  const supply = (name: string, range = "*"): Supply => supplyOf(name, range, locks);
  return {
    name: rule.name,
    rule,
    lock,
    accepted: [],
    manifest,
    code,
    parameters: lock.parameters,
    condition: conditionOf(rule),
    trigger: rule.on.kind === "derivative" ? supply(rule.on.analysis) : null,
    inputs: new Map(
      derivativeInputs(manifest.inputs).map((input) => [input.name, supply(input.analysis, input.version)]),
    ),
    needs: (rule.join?.need ?? []).map((need) => ({ need, supply: supply(need.analysis) })),
  };
};

const supplyOf = (analysis: string, range: string, locks: Locks): Supply => {
  const identities = locks.references[referenceKey(analysis, range)] ?? [];
  const makers = Object.entries(locks.rules).filter(([, lock]) => identities.some((identity) => makes(lock, identity)));
  return { makers: makers.map(([name]) => name), identities };
};

/** Whether what a rule stands by may be these derivatives: of the version that it runs, or of one that it accepts. */
export const makes = (
  lock: Identity & { readonly accepts?: readonly Identity[] | undefined },
  identity: Identity,
): boolean => [lock, ...(lock.accepts ?? [])].some((one) => sameIdentity(one, identity));

/** The rules that a rule waits for. */
export const makersOf = ({ trigger, inputs, needs, accepted }: LockedRule): string[] => [
  ...accepted.flatMap(makersOf),
  ...(trigger?.makers ?? []),
  ...[...inputs.values()].flatMap(({ makers }) => makers),
  ...needs.flatMap(({ supply }) => supply.makers),
];

const inOrder = (rules: readonly LockedRule[]): LockedRule[] => {
  const ordered = new Set<LockedRule>();
  const visit = (rule: LockedRule): void => {
    if (ordered.has(rule)) return;
    const makers = makersOf(rule);
    for (const maker of rules) if (maker !== rule && makers.includes(maker.name)) visit(maker);
    ordered.add(rule);
  };
  for (const rule of rules) visit(rule);
  return [...ordered];
};
