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
  return progressOfLive(rule, standing, liveOf(rule, slice, key, facts), facts.gone);
};

/** What is left of the outputs of an execution. */
const liveOf = (rule: LockedRule, slice: SliceRef, key: string, facts: State["facts"]): DerivativeFacts[] => {
  const place = keyOfSlice(slice);
  return facts.derivatives.filter(
    (derivative) =>
      derivative.key === key && sameIdentity(rule.lock, derivative) && keyOfSlice(derivative.slice) === place,
  );
};

/**
 * Whether an execution has been made, whoever asked for it: all its required outputs are in force. One that may rightly have made nothing
 * is known by the decision that asked for it.
 */
export const isInPlace = (rule: LockedRule, slice: SliceRef, key: string, state: State): boolean => {
  const live = liveOf(rule, slice, key, state.facts);
  const { outputs } = rule.manifest;
  if (live.length > 0 && outputs.every(({ name, required }) => !required || live.some(({ output }) => output === name)))
    return true;
  const standing = state.standingOf(rule.name, slice);
  return standing?.key === key && progressOf(rule, slice, key, standing, state) === "succeeded";
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

/**
 * Optional outputs are there, or will not come, because everything that the task named is known; and so of a tree all files are, of which
 * nobody knew beforehand how many there would be.
 */
const isComplete = ({ manifest }: LockedRule, live: readonly DerivativeFacts[], settled: boolean): boolean =>
  manifest.outputs.every((output) => {
    if ("tree" in output) return settled;
    return live.some((one) => one.output === output.name) || (!output.required && settled);
  });

/**
 * Whether a success is known, and whatever became of each derivative that it named. A task may be finished before its
 * derivatives are known; until then they are unknown. A success that rightly made nothing, since all outputs are
 * optional, names none.
 */
const everyKnown = ({ derivatives }: Standing, live: readonly DerivativeFacts[], gone: ReadonlySet<string>): boolean =>
  derivatives?.every((id) => gone.has(id) || live.some((derivative) => derivative.id === id)) ?? false;
