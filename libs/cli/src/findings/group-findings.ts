import type { KeptFinding } from "@rollerblade/client";
import type { FindingGroup } from "./print-grouped.ts";

/** Findings of a rule that are printed: a person sees the pattern in these. */
const maxFirst = 5;

/** Groups findings by their rule, errors before warnings, and the rules in the order in which they come. */
export const groupFindings = (items: readonly KeptFinding[]): FindingGroup[] => {
  const groups = [...Map.groupBy(items, ({ severity, rule }) => `${severity} ${rule}`).values()].flatMap((all) => {
    const [one] = all;
    if (one === undefined) return [];
    const { rule, advice, section } = one;
    const isError = one.severity === "error";
    return [{ rule, advice, section, isError, count: all.length, first: all.slice(0, maxFirst) }];
  });
  return groups.toSorted((a, b) => Number(b.isError) - Number(a.isError));
};
