import type { DerivativeFacts, ScanFacts, SliceRef } from "@rollerblade/abids/facts";
import { type MissingMember, resolveInputs } from "@rollerblade/analysis";
import { factsOfSlice } from "../document/condition.ts";
import type { LockedRule } from "../lock/locked-rules.ts";
import { askCondition } from "./ask-condition.ts";
import { decideReady, verdictOfWaiting } from "./decide-slice.ts";
import { keyOf } from "./execution-keys.ts";
import { withMissing } from "./missing-members.ts";
import { progressOfLive } from "./progress.ts";
import { type GroupState, readinessOf } from "./readiness.ts";
import type { Standing, Verdict } from "./verdict.ts";

/** The slice of a whole dataset. */
export const datasetSlice = (dataset: string): SliceRef => ({
  level: "dataset",
  dataset,
  subject: null,
  session: null,
  scan: null,
});

/** What is in a whole dataset, loaded only once the group is complete. */
export type DatasetMembers = {
  readonly scans: readonly ScanFacts[];
  /** In force: made by the decisions that the document stands by. */
  readonly derivatives: readonly DerivativeFacts[];
  /** What was expected and will not come. */
  readonly missing: readonly MissingMember[];
};

/** The decision that stands on the dataset, with what is left of its outputs. */
export type StandingGroup = {
  readonly standing: Standing;
  /** Derivatives of the rule's own, on the dataset, with the standing key. */
  readonly live: readonly DerivativeFacts[];
  /** Ids of derivatives that were superseded or withdrawn for good. */
  readonly gone: ReadonlySet<string>;
};

/**
 * The verdict on a join over a whole dataset as far as counts decide it; null when the group is complete and its
 * members have to be looked at.
 */
export const waitForDataset = (rule: LockedRule, dataset: string, state: GroupState): Verdict | null => {
  const slice = datasetSlice(dataset);
  const none = (progress: "not-called" | "unknown", reason: string): Verdict => ({
    rule: rule.name,
    slice,
    progress,
    reason,
    dueAt: null,
    call: { kind: "none" },
  });
  const asked = askCondition(rule.condition, [factsOfSlice(slice, [])]);
  if (asked.is === "false") return none("not-called", "when is false");
  if (asked.is === "unknown") return none("unknown", `unknown: ${asked.fields.join(", ")}`);
  const readiness = readinessOf(rule.rule.join?.complete ?? { kind: "all" }, state);
  return readiness.ready ? null : verdictOfWaiting(rule, slice, readiness, readiness.dueAt);
};

/** The verdict on a join over a whole dataset whose group is complete. */
export const decideDataset = (
  rule: LockedRule,
  dataset: string,
  members: DatasetMembers,
  stands: StandingGroup | undefined,
  now: number,
): Verdict => {
  const slice = datasetSlice(dataset);
  const resolution = resolveInputs(rule.manifest, { slice, ...members });
  if (resolution.state === "ambiguous") {
    const reason = `ambiguous: ${resolution.input} could be ${resolution.candidates.slice(0, 3).join(" or ")}`;
    return { rule: rule.name, slice, progress: "ambiguous", reason, dueAt: null, call: { kind: "none" } };
  }
  if (resolution.state === "not-applicable") {
    const reason = `not applicable: there is no ${resolution.for} for ${resolution.input}`;
    return { rule: rule.name, slice, progress: "not-applicable", reason, dueAt: null, call: { kind: "none" } };
  }
  if (resolution.state === "waiting") {
    return verdictOfWaiting(
      rule,
      slice,
      { reason: `waiting for ${resolution.input}: ${resolution.for}`, pending: false },
      null,
    );
  }
  const request = withMissing(resolution.slice, members.missing);
  return decideReady(
    rule,
    slice,
    { state: "ready", request, key: keyOf(rule, request) },
    stands?.standing,
    (standing) => progressOfLive(rule, standing, stands?.live ?? [], stands?.gone ?? new Set()),
    now,
  );
};
