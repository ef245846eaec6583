import { liesWithin, type SliceRef } from "@rollerblade/abids/facts";
import type { MissingMember, RequestedSlice } from "@rollerblade/analysis";
import type { LockedRule } from "../lock/locked-rules.ts";
import type { Progress, Verdict } from "./verdict.ts";

/** How an expected member ends without being one. */
export const missingProgress: readonly Progress[] = ["failed", "ambiguous", "unknown", "stuck"];

/** The request with its missing members in a fixed order, so that the same members always give the same key. */
export const withMissing = (request: RequestedSlice, missing: readonly MissingMember[]): RequestedSlice => {
  if (missing.length === 0) return request;
  const named = missing.map((member) => ({ member, name: JSON.stringify(member) }));
  return { ...request, missing: named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ member }) => member) };
};

/** One member that a need will not get. */
export const missingMember = (
  { analysis, output }: { readonly analysis: string; readonly output: string },
  { subject, session, scan }: SliceRef,
  why: Progress,
): MissingMember => ({ analysis, output, subject, session, scan, why });

/**
 * Whether a rule's groups start without members that were expected; only these are given the list of what they miss.
 */
export const toleratesMissing = ({ rule }: LockedRule): boolean =>
  rule.join !== null && rule.join.complete.kind !== "all";

/** The members that a group within a subject is missing. */
export const missingOf = (
  rule: LockedRule,
  group: SliceRef,
  verdictsOf: (rule: string) => readonly Verdict[],
): MissingMember[] =>
  (toleratesMissing(rule) ? rule.needs : []).flatMap(({ need, supply }) =>
    supply.makers
      .flatMap(verdictsOf)
      .filter(({ slice, progress }) => missingProgress.includes(progress) && liesWithin(slice, group))
      .map(({ slice, progress }) => missingMember(need, slice, progress)),
  );
