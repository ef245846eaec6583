import type { RunStatus, TaskStatus } from "@rollerblade/client";

/**
 * Writes the outcomes of slices with their counts: `10 executed, 2 in place`; outcomes without a slice are left out.
 */
export const countsText = ({ ran, cached, inPlace, failed, ...others }: RunStatus["counts"]): string =>
  [
    [ran, "executed"],
    [cached, "cached"],
    [inPlace, "in place"],
    [failed, "failed"],
    [others.cancelled, "cancelled"],
    [others.superseded, "superseded"],
    [others.notApplicable, "not applicable"],
  ]
    .flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]))
    .join(", ");

/** What asked for a run: a person, or a rule. */
export const originOf = ({ owner, document, rule }: RunStatus): string =>
  rule === null ? owner : `${document}/${rule}`;

/** Outcomes by which the API calls what the counts of a run call otherwise. */
const outcomeWords: Readonly<Record<string, string>> = {
  ran: "executed",
  "in-place": "in place",
  "not-applicable": "not applicable",
};

/** How a task stands, in the words of the counts. */
export const taskState = ({ outcome, state }: TaskStatus): string =>
  outcome === null ? state : (outcomeWords[outcome] ?? outcome);
