import type { RunStatus, TaskStatus } from "@rollerblade/client";

/** What became of the slices: `10 ran, 2 in place`; what nothing became of is left out. */
export const countsText = ({ ran, cached, inPlace, failed, cancelled, superseded }: RunStatus["counts"]): string =>
  [
    [ran, "ran"],
    [cached, "cached"],
    [inPlace, "in place"],
    [failed, "failed"],
    [cancelled, "cancelled"],
    [superseded, "superseded"],
  ]
    .flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]))
    .join(", ");

/** What asked for a run: a person, or a rule. */
export const originOf = ({ owner, document, rule }: RunStatus): string =>
  rule === null ? owner : `${document}/${rule}`;

/** How a task stands. */
export const taskState = ({ outcome, state }: TaskStatus): string => outcome ?? state;
