import type { DerivativeFacts, SliceRef } from "@rollerblade/abids/facts";
import type { LockedRule } from "../lock/locked-rules.ts";
import { sameIdentity } from "../lock/locks.ts";
import { keyOfSlice } from "./slices.ts";
import type { State } from "./state.ts";
import { isSuccess, type Progress, type Standing } from "./verdict.ts";

/**
 * How far a decision is that the state still calls for; `gone` when it succeeded and its output was taken away since.
 */
export const progressOf = (
  rule: LockedRule,
  slice: SliceRef,
  key: string,
  standing: Standing,
  { facts }: State,
): Progress | "gone" => {
  const place = keyOfSlice(slice);
  const live = facts.derivatives.filter(
    (derivative) =>
      derivative.key === key && sameIdentity(rule.lock, derivative) && keyOfSlice(derivative.slice) === place,
  );
  return progressOfLive(rule, standing, live, facts.gone);
};

/** The same, given what is left of its outputs. */
export const progressOfLive = (
  rule: LockedRule,
  standing: Standing,
  live: readonly DerivativeFacts[],
  gone: ReadonlySet<string>,
): Progress | "gone" => {
  const settled = everyKnown(standing, live, gone);
  if (isComplete(rule, live, settled)) return "succeeded";
  if (standing.outcome === "failed" || standing.outcome === "cancelled") return "failed";
  return settled && isSuccess(standing.outcome) ? "gone" : "pending";
};

/** Optional outputs are there, or will not come, because everything that the task named is known. */
const isComplete = ({ manifest }: LockedRule, live: readonly DerivativeFacts[], settled: boolean): boolean =>
  manifest.outputs.every(({ name, required }) => live.some(({ output }) => output === name) || (!required && settled));

/**
 * Whether a success is known, and whatever became of each derivative that it named. A task may be finished before its
 * derivatives are known; until then they are unknown. A success that rightly made nothing, since all outputs are
 * optional, names none.
 */
const everyKnown = ({ derivatives }: Standing, live: readonly DerivativeFacts[], gone: ReadonlySet<string>): boolean =>
  derivatives?.every((id) => gone.has(id) || live.some((derivative) => derivative.id === id)) ?? false;
