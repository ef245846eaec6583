import type { Completeness } from "../document/document.ts";
import { formatDuration } from "../document/duration.ts";
import { type Progress, progresses, unexpected } from "./verdict.ts";

/** What a group has of one need: how many are expected, by how far they are. `not-called` and `not-applicable` ones are not expected. */
export type Tally = {
  readonly need: string;
  readonly counts: Readonly<Partial<Record<Progress, number>>>;
  /**
   * How many of the pending ones are made anew: an output of before is still there, so the group has already had this
   * member.
   */
  readonly remade: number;
};

/** What a group's completeness is judged by. */
export type GroupState = {
  readonly tallies: readonly Tally[];
  /** Whether more scans may come with a batch that is open. */
  readonly openBatch: boolean;
  /** When the newest member became known, in milliseconds since 1970; null where there is none. */
  readonly lastChange: number | null;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Whether a group may start, or what it waits for; `dueAt` is when time alone will make it ready. */
export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: string; readonly pending: boolean; readonly dueAt: number | null };

const ready: Readiness = { ready: true };

const wait = (reason: string, pending: boolean, dueAt: number | null = null): Readiness => ({
  ready: false,
  reason: `waiting for ${reason}`,
  pending,
  dueAt,
});

/** Judges a group by what its rule calls complete. An empty group is never ready. */
export const readinessOf = (complete: Completeness, state: GroupState): Readiness => {
  if (complete.kind === "all" || complete.kind === "settled") return settledOrAll(complete.kind, state);
  const fewest = Math.min(...state.tallies.map(({ counts }) => counts.succeeded ?? 0));
  const enough = complete.kind === "count" ? complete.count : 1;
  if (fewest < enough) return wait(`${enough - fewest} more of ${shortest(state.tallies)}`, anyPending(state.tallies));
  const remade = state.tallies.find((tally) => tally.remade > 0);
  if (remade !== undefined) return wait(`${remade.need}: ${remade.remade} made anew`, true);
  return complete.kind === "quiet" ? quiet(complete.quiet, state) : ready;
};

const settledOrAll = (kind: "all" | "settled", { tallies, openBatch }: GroupState): Readiness => {
  if (openBatch) return wait("the open batches of the dataset to be indexed", true);
  const pending = tallies.find(({ counts }) => (counts.pending ?? 0) > 0);
  if (pending !== undefined) return wait(progressText(pending), true);
  const empty = tallies.find(({ counts }) => (counts.succeeded ?? 0) === 0);
  if (empty !== undefined) return wait(`a first ${empty.need}${blockers(empty)}`, false);
  if (kind === "settled") return ready;
  const blocked = tallies.find((tally) => blockers(tally) !== "");
  return blocked === undefined ? ready : wait(`${progressText(blocked)}${blockers(blocked)}`, false);
};

const quiet = (milliseconds: number, { lastChange, now }: GroupState): Readiness => {
  const dueAt = (lastChange ?? now) + milliseconds;
  return now >= dueAt ? ready : wait(`${formatDuration(milliseconds)} without a change`, true, dueAt);
};

const expected = ({ counts }: Tally): number =>
  progresses
    .filter((progress) => !unexpected.has(progress))
    .reduce((sum, progress) => sum + (counts[progress] ?? 0), 0);

const progressText = (tally: Tally): string => `${tally.need}: ${tally.counts.succeeded ?? 0} of ${expected(tally)}`;

const blocking = ["failed", "ambiguous", "unknown", "stuck"] as const;

const blockers = ({ counts }: Tally): string => {
  const listed = blocking.flatMap((progress) => (counts[progress] ? [`${counts[progress]} ${progress}`] : []));
  return listed.length === 0 ? "" : ` (${listed.join(", ")})`;
};

const anyPending = (tallies: readonly Tally[]): boolean => tallies.some(({ counts }) => (counts.pending ?? 0) > 0);

const shortest = (tallies: readonly Tally[]): string =>
  tallies.toSorted((a, b) => (a.counts.succeeded ?? 0) - (b.counts.succeeded ?? 0))[0]?.need ?? "the need";

/** How a need is called in a tally. */
export const needName = ({ analysis, output }: { readonly analysis: string; readonly output: string }): string =>
  `${analysis} ${output}`;
