import type { SliceRef } from "@rollerblade/abids/facts";
import { formatDuration } from "../document/duration.ts";
import type { LockedRule } from "../lock/locked-rules.ts";
import { askCondition } from "./ask-condition.ts";
import type { Candidate } from "./candidates.ts";
import { isInPlace, progressOf } from "./progress.ts";
import { type Readiness, readinessOf } from "./readiness.ts";
import { type ResolvedSlice, resolveSlice } from "./resolve-slice.ts";
import type { State } from "./state.ts";
import { groupStateOf } from "./subject-group.ts";
import { type Call, type Progress, reasonOfOutcome, type Standing, type Verdict } from "./verdict.ts";

/** After so many times of an output being taken away, somebody has to look. */
const maxRestarts = 3;

/** Decides on one rule and one slice that the rule looks at. */
export const decideSlice = (rule: LockedRule, candidate: Candidate, state: State): Verdict => {
  const { slice } = candidate;
  const verdict = (progress: Progress, reason: string, call: Call, dueAt: number | null = null): Verdict => ({
    rule: rule.name,
    slice,
    call,
    progress,
    reason,
    dueAt,
  });
  const asked = askCondition(rule.condition, candidate.triggers);
  if (isHeld(slice, state)) return verdict("pending", "waiting for its batch to be indexed", { kind: "keep" });
  if (asked.is === "false") return verdict("not-called", "when is false", { kind: "none" });
  if (asked.is === "unknown") return verdict("unknown", `unknown: ${asked.fields.join(", ")}`, { kind: "none" });
  const readiness = groupReadiness(rule, slice, state);
  if (!readiness.ready) return verdictOfWaiting(rule, slice, readiness, readiness.dueAt);
  const resolved = resolveSlice(rule, slice, state);
  const accepted = acceptedAt(rule, slice, resolved, state);
  if (accepted !== null) return accepted;
  if (resolved.state === "ready")
    return decideReady(
      rule,
      slice,
      resolved,
      state.standingOf(rule.name, slice),
      (standing) => progressOf(rule, slice, resolved.key, standing, state),
      state.facts.now,
    );
  if (resolved.state === "waiting") return verdictOfWaiting(rule, slice, resolved, null);
  return verdict(resolved.state, resolved.reason, { kind: "none" });
};

/**
 * The verdict where what the rule runs is not in place and what another version made of the very same inputs is, if the document accepts
 * that version; the highest of several. Null where there is none.
 */
const acceptedAt = (rule: LockedRule, slice: SliceRef, resolved: ResolvedSlice, state: State): Verdict | null => {
  if (rule.accepted.length === 0 || (resolved.state === "ready" && isInPlace(rule, slice, resolved.key, state)))
    return null;
  for (const variant of rule.accepted) {
    const other = resolveSlice(variant, slice, state);
    if (other.state !== "ready" || !isInPlace(variant, slice, other.key, state)) continue;
    const { version } = variant.lock;
    const call = { kind: "run", key: other.key, request: other.request, again: false, accepted: version } as const;
    const reason = `accepted: version ${version} is in place`;
    return { rule: rule.name, slice, progress: "succeeded", reason, dueAt: null, call };
  }
  return null;
};

/** The verdict of a slice that has not all it needs: what stands may stand while something is under way. */
export const verdictOfWaiting = (
  rule: LockedRule,
  slice: SliceRef,
  { reason, pending }: { readonly reason: string; readonly pending: boolean },
  dueAt: number | null,
): Verdict => ({
  rule: rule.name,
  slice,
  reason,
  dueAt,
  progress: pending ? "pending" : "stuck",
  call: { kind: pending ? "keep" : "none" },
});

/** The verdict of a slice whose inputs are all there, given the decision that stands and how far it is. */
export const decideReady = (
  rule: LockedRule,
  slice: SliceRef,
  { key, request }: ResolvedSlice & { state: "ready" },
  standing: Standing | undefined,
  progressOfStanding: (standing: Standing) => Progress | "gone",
  now: number,
): Verdict => {
  const verdict = (progress: Progress, reason: string, again: boolean): Verdict => ({
    rule: rule.name,
    slice,
    progress,
    reason,
    dueAt: null,
    call: { kind: "run", key, request, again },
  });
  if (standing === undefined || standing.key !== key) {
    const dueAt = nextStart(rule, standing);
    if (dueAt === null || dueAt <= now) return verdict("pending", "started", false);
    const reason = `waiting for ${formatDuration(rule.rule.join?.every ?? 0)} since its last start`;
    return verdictOfWaiting(rule, slice, { reason, pending: true }, dueAt);
  }
  const progress = progressOfStanding(standing);
  const reason = reasonOfOutcome(standing.outcome ?? "asked", standing.failure);
  if (progress !== "gone") return verdict(progress, reason, false);
  if (standing.restarts < maxRestarts) return verdict("pending", "started", true);
  return verdict("failed", `superseded: its output was taken away ${maxRestarts + 1} times`, false);
};

/** When a group whose join says `every` may start anew, in milliseconds since 1970; null where it may at once. */
const nextStart = ({ rule: { join } }: LockedRule, standing: Standing | undefined): number | null =>
  standing === undefined || standing.startedAt === null || join === null || join.every === null
    ? null
    : standing.startedAt + join.every;

const isHeld = (slice: SliceRef, { facts, scansWithin }: State): boolean =>
  facts.held.size > 0 && scansWithin(slice).some(({ path }) => facts.held.has(path));

const groupReadiness = (rule: LockedRule, slice: SliceRef, state: State): Readiness => {
  const { join } = rule.rule;
  return join === null ? { ready: true } : readinessOf(join.complete, groupStateOf(rule, slice, state));
};
