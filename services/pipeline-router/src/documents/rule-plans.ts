import { canonicalJson, type Json, type JsonObject } from "@rollerblade/abids";
import type { RequestedSlice } from "@rollerblade/analysis";
import type { Foreseen, RulePlan } from "@rollerblade/client";
import type { Completeness, LockedRule, Standing, Verdict } from "@rollerblade/pipeline";

/** What is counted of a rule. */
type Counts = Omit<RulePlan, "rule" | "change" | "changes" | "analysis" | "version">;

/** Counts by rule, while a plan is made. */
export type Tallied = Map<string, Counts>;

/** An execution that would be requested; what becomes of it, the scheduler knows. */
export type Start = { readonly rule: string; readonly key: string; readonly request: RequestedSlice };

/** Adds what the scheduler foresees of the executions that would be requested. */
export const addForeseen = (tallied: Tallied, rule: string, foreseen: readonly Foreseen[]): void => {
  const counts = tallied.get(rule);
  if (counts === undefined) return;
  for (const end of foreseen) counts[end === "run" || end === "shared" ? "compute" : end] += 1;
};

/** Slices that a plan names of each rule, at most. */
const maxExamples = 10;

/** Nothing counted yet. */
export const emptyPlan = (): Counts => ({
  ...{
    start: 0,
    compute: 0,
    cached: 0,
    inPlace: 0,
    refused: 0,
    later: 0,
    keep: 0,
    end: 0,
    notCalled: 0,
    notApplicable: 0,
    unknown: 0,
    ambiguous: 0,
    stuck: 0,
    failed: 0,
  },
  examples: [],
});

/** Adds one verdict; `changes` says whether it would change the decision that stands. */
export const addVerdict = (tallied: Tallied, verdict: Verdict, changes: boolean): void => {
  const counts = tallied.get(verdict.rule);
  if (counts === undefined) return;
  const kind = kindOf(verdict, changes);
  counts[kind] += 1;
  if (kind !== "keep" && counts.examples.length < maxExamples) {
    counts.examples.push({
      slice: { ...verdict.slice },
      reason: kind === "start" ? "would be started" : verdict.reason,
    });
  }
};

/** Adds a decision that would end. */
export const countEnd = (tallied: Tallied, { rule, key }: Standing): void => {
  const counts = tallied.get(rule) ?? emptyPlan();
  if (key !== null) counts.end += 1;
  tallied.set(rule, counts);
};

type Kind = "start" | "later" | "keep" | "notCalled" | "notApplicable" | "unknown" | "ambiguous" | "stuck" | "failed";

const kindOf = ({ call, progress }: Verdict, changes: boolean): Kind => {
  if (call.kind === "keep") return "later";
  if (call.kind === "run") return changes ? "start" : progress === "failed" ? "failed" : "keep";
  if (progress === "not-called") return "notCalled";
  if (progress === "not-applicable") return "notApplicable";
  return progress === "unknown" || progress === "ambiguous" ? progress : "stuck";
};

/** The plan of one rule, against what the document in force makes of it. */
export const planOf = (
  rule: LockedRule,
  before: LockedRule | undefined,
  replaces: boolean,
  tallied: Tallied,
): RulePlan => {
  const changes = before === undefined ? [] : differences(before, rule);
  const change = before === undefined ? "added" : changes.length > 0 ? "changed" : "same";
  const { analysis, version } = rule.lock;
  return {
    rule: rule.name,
    change: replaces ? change : "added",
    changes,
    analysis,
    version,
    ...(tallied.get(rule.name) ?? emptyPlan()),
  };
};

/** Whether a rule does what it did before. */
export const isSame = (rule: LockedRule, before: LockedRule | undefined): boolean =>
  before !== undefined && differences(before, rule).length === 0;

const differences = (before: LockedRule, after: LockedRule): string[] => [
  ...differs("analysis", before.lock.analysis, after.lock.analysis),
  ...differs("version", before.lock.version, after.lock.version),
  ...differs("accepted versions", acceptedText(before), acceptedText(after)),
  ...parameterChanges(before.parameters, after.parameters),
  ...differs("when", before.rule.when?.source ?? "always", after.rule.when?.source ?? "always"),
  ...differs("on", triggerText(before.rule.on), triggerText(after.rule.on)),
  ...differs("join", joinText(before.rule.join), joinText(after.rule.join)),
];

const differs = (what: string, before: string, after: string): string[] =>
  before === after ? [] : [`${what} ${before} → ${after}`];

const acceptedText = ({ accepted }: LockedRule): string =>
  accepted.length === 0 ? "none" : accepted.map(({ lock }) => lock.version).join(", ");

/** The parameters that differ, each by its name. */
const parameterChanges = (before: JsonObject, after: JsonObject): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .flatMap((name) => differs(`parameter ${name}`, valueText(before[name]), valueText(after[name])));

const valueText = (value: Json | undefined): string => (value === undefined ? "not set" : canonicalJson(value));

/** What a rule looks at, as a sentence would name it: `scans with suffix T1w`, `mask of brain-mask`. */
const triggerText = (on: LockedRule["rule"]["on"]): string => {
  if (on.kind === "derivative") return `${on.output ?? "all outputs"} of ${on.analysis}`;
  const fields = Object.entries(on.fields).map(([name, values]) => `${name} ${values.join(" or ")}`);
  return fields.length === 0 ? "all scans" : `scans with ${fields.join(", ")}`;
};

const joinText = (join: LockedRule["rule"]["join"]): string => {
  if (join === null) return "none";
  const needs = join.need.map(({ analysis, output }) => `${output} of ${analysis}`).join(" and ");
  const every = join.every === null ? "" : `, at most every ${join.every / 1_000} s`;
  return `${completenessText(join.complete)} ${needs} by ${join.by}${every}`;
};

const completenessText = (complete: Completeness): string => {
  if (complete.kind === "count") return `${complete.count} of`;
  return complete.kind === "quiet" ? `after ${complete.quiet / 1_000} s without news,` : complete.kind;
};
