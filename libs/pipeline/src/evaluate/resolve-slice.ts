import type { SliceFacts, SliceRef } from "@rollerblade/abids/facts";
import { type DerivativeInput, type RequestedSlice, type Resolution, resolveInputs } from "@rollerblade/analysis";
import type { LockedRule } from "../lock/locked-rules.ts";
import { keyOf } from "./execution-keys.ts";
import { missingOf, withMissing } from "./missing-members.ts";
import { related, type State } from "./state.ts";
import { isExpected, type Verdict } from "./verdict.ts";

/** What the inputs of a rule are at a slice, given only derivatives in force. */
export type ResolvedSlice =
  | { readonly state: "ready"; readonly key: string; readonly request: RequestedSlice }
  | { readonly state: "ambiguous"; readonly reason: string }
  | { readonly state: "not-applicable"; readonly reason: string }
  /** `pending`: something under way may bring it. */
  | { readonly state: "waiting"; readonly reason: string; readonly pending: boolean };

/**
 * Finds the inputs; waits for everything that is under way for one of them, so that what comes does not make the work
 * anew.
 */
export const resolveSlice = (rule: LockedRule, slice: SliceRef, state: State): ResolvedSlice => {
  const facts = factsFor(rule, slice, state);
  const resolution = resolveInputs(rule.manifest, facts);
  if (resolution.state === "ambiguous") return ambiguous(resolution);
  if (resolution.state === "not-applicable") return notApplicable(resolution);
  const awaited = pendingFor(rule, facts, state);
  if (awaited !== undefined) return { state: "waiting", reason: waitingFor(awaited), pending: true };
  if (resolution.state === "waiting") return missing(rule, slice, resolution, state);
  const request = withMissing(resolution.slice, missingOf(rule, slice, state.verdictsOf));
  return { state: "ready", request, key: keyOf(rule, request) };
};

const factsFor = (rule: LockedRule, slice: SliceRef, state: State): SliceFacts => {
  const supplied = [...rule.inputs.values()].flatMap(state.supplied);
  const derivatives = [...new Set(supplied)].filter((derivative) => related(derivative.slice, slice));
  return { slice, scans: state.scansWithin(slice), derivatives };
};

const ambiguous = ({ input, candidates }: Resolution & { state: "ambiguous" }): ResolvedSlice => ({
  state: "ambiguous",
  reason: `ambiguous: ${input} could be ${candidates.slice(0, 3).join(" or ")}${candidates.length > 3 ? " or others" : ""}`,
});

const notApplicable = ({ input, for: what }: Resolution & { state: "not-applicable" }): ResolvedSlice => ({
  state: "not-applicable",
  reason: `not applicable: there is no ${what} for ${input}`,
});

/** Something that a rule of the document is about to make for one of the inputs. */
type Awaited = { readonly input: DerivativeInput; readonly verdict: Verdict };

const waitingFor = ({ input, verdict }: Awaited): string =>
  `waiting for ${input.name}: ${input.analysis} ${placeOf(verdict.slice)}`;

const placeOf = ({ subject, session, scan }: SliceRef): string => {
  if (scan !== null) return `of ${scan}`;
  const place = [subject === null ? "" : `sub-${subject}`, session === null ? "" : `ses-${session}`]
    .filter(Boolean)
    .join("/");
  return place === "" ? "of the dataset" : `of ${place}`;
};

const pendingFor = (rule: LockedRule, facts: SliceFacts, state: State): Awaited | undefined => {
  for (const input of rule.manifest.inputs) {
    if (input.kind !== "derivative") continue;
    const verdict = upstream(rule, input, facts.slice, state).find(
      (one) => one.progress === "pending" && concerns(one.slice, input, rule, facts),
    );
    if (verdict !== undefined) return { input, verdict };
  }
  return undefined;
};

const upstream = (rule: LockedRule, input: DerivativeInput, slice: SliceRef, state: State): Verdict[] =>
  (rule.inputs.get(input.name)?.makers ?? [])
    .flatMap((maker) => state.verdictsOf(maker))
    .filter((verdict) => related(verdict.slice, slice) && isExpected(verdict));

/** Whether what is made of this slice could be the input: with `of`, only what is made of that very scan. */
const concerns = (slice: SliceRef, input: DerivativeInput, rule: LockedRule, facts: SliceFacts): boolean => {
  if (input.of === null || slice.scan === null) return true;
  const { inputs } = rule.manifest;
  const before = inputs.slice(
    0,
    inputs.findIndex(({ name }) => name === input.name),
  );
  const resolution = resolveInputs({ ...rule.manifest, inputs: before }, facts);
  if (resolution.state !== "resolved") return true;
  const of = resolution.slice.inputs.find(({ name }) => name === input.of);
  return of === undefined || of.members.some(({ path }) => path === slice.scan || !isRawInput(rule, input.of));
};

const isRawInput = ({ manifest }: LockedRule, name: string | null): boolean =>
  manifest.inputs.some((input) => input.kind === "raw" && input.name === name);

const missing = (
  rule: LockedRule,
  slice: SliceRef,
  { input: name, for: what }: Resolution & { state: "waiting" },
  state: State,
): ResolvedSlice => {
  const input = rule.manifest.inputs.find((one) => one.name === name);
  const reasons =
    input?.kind === "derivative"
      ? upstream(rule, input, slice, state).filter(({ progress }) => progress !== "succeeded")
      : [];
  const [first] = reasons;
  const because = first === undefined ? "" : ` (${first.rule} ${placeOf(first.slice)}: ${first.reason})`;
  return { state: "waiting", reason: `waiting for ${name}: ${what}${because}`, pending: false };
};
