import { canonicalJson } from "@rollerblade/abids";
import type { RulePlan } from "@rollerblade/client";
import type { LockedRule, Standing, Verdict } from "@rollerblade/pipeline";

/** What is counted of a rule. */
type Counts = Omit<RulePlan, "rule" | "change" | "changes" | "analysis" | "version">;

/** Counts by rule, while a plan is made. */
export type Tallied = Map<string, Counts>;

/** Slices that a plan names of each rule, at most. */
const maxExamples = 10;

/** Nothing counted yet. */
export const emptyPlan = (): Counts => ({
  ...{ start: 0, later: 0, keep: 0, end: 0, notCalled: 0, unknown: 0, ambiguous: 0, stuck: 0, failed: 0 },
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

type Kind = "start" | "later" | "keep" | "notCalled" | "unknown" | "ambiguous" | "stuck" | "failed";

const kindOf = ({ call, progress }: Verdict, changes: boolean): Kind => {
  if (call.kind === "keep") return "later";
  if (call.kind === "run") return changes ? "start" : progress === "failed" ? "failed" : "keep";
  if (progress === "not-called") return "notCalled";
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

const differences = (before: LockedRule, after: LockedRule): string[] => [
  ...differs("analysis", before.lock.analysis, after.lock.analysis),
  ...differs("version", before.lock.version, after.lock.version),
  ...differs("parameters", canonicalJson(before.parameters), canonicalJson(after.parameters)),
  ...differs("when", before.rule.when?.source ?? "always", after.rule.when?.source ?? "always"),
  ...differs("on", JSON.stringify(before.rule.on), JSON.stringify(after.rule.on)),
  ...differs("join", JSON.stringify(before.rule.join), JSON.stringify(after.rule.join)),
];

const differs = (what: string, before: string, after: string): string[] =>
  before === after ? [] : [`${what} ${before} → ${after}`];
