import type { SliceRef } from "@rollerblade/abids/facts";
import type { RequestedSlice } from "@rollerblade/analysis";

/**
 * How far a rule may be with a slice. `not-called`: its condition is false, so nothing is expected. `not-applicable`: the slice has no raw
 * file for an input, so nothing is expected either. `pending`: something is
 * under way. `stuck`: nothing under way can bring what it waits for. All but `pending` are final until the state
 * changes.
 */
export const progresses = [
  ...(["not-called", "not-applicable", "pending", "succeeded"] as const),
  ...(["failed", "ambiguous", "unknown", "stuck"] as const),
] as const;

/** One of {@link progresses}. */
export type Progress = (typeof progresses)[number];

/** What a rule never makes anything of while the facts are as they are: groups do not wait for it. */
export const unexpected: ReadonlySet<Progress> = new Set(["not-called", "not-applicable"]);

/** Whether something is, or should have been, made of a slice. */
export const isExpected = ({ progress }: Pick<Verdict, "progress">): boolean => !unexpected.has(progress);

/**
 * What the state calls for. `run`: this execution; `again` where it ran with this very key and its output was taken
 * away since; `accepted` is the version of another execution that is in place and stands for it, so that nothing is asked for. `keep`: something is under way that decides it, so whatever stands may stand until then. `none`: nothing.
 */
export type Call =
  | {
      readonly kind: "run";
      readonly key: string;
      readonly request: RequestedSlice;
      readonly again: boolean;
      readonly accepted?: string;
    }
  | { readonly kind: "keep" }
  | { readonly kind: "none" };

/** The verdict on one rule and one slice. */
export type Verdict = {
  readonly rule: string;
  readonly slice: SliceRef;
  readonly call: Call;
  readonly progress: Progress;
  /** For people, in the words of the reference: `waiting for …`, `when is false`, `unknown: subject.age`. */
  readonly reason: string;
  /** Milliseconds since 1970 when time alone may change the verdict; null where only facts do. */
  readonly dueAt: number | null;
};

/** What the last request of a decision came to; `asked` until then. */
export type Outcome = "asked" | "ran" | "cached" | "in-place" | "failed" | "cancelled";

/** A decision in force, as it stands. */
export type Standing = {
  readonly rule: string;
  readonly slice: SliceRef;
  /** Key of the execution that was asked for, or null where nothing was. */
  readonly key: string | null;
  readonly outcome: Outcome | null;
  /** Ids of the derivatives that its last success named; null before the first one. */
  readonly derivatives: readonly string[] | null;
  /** Why it failed, for people. */
  readonly failure: string | null;
  /** How often it was started anew because its output had been taken away. */
  readonly restarts: number;
  /** When its execution was first asked for, in milliseconds since 1970; null where nothing was. */
  readonly startedAt: number | null;
  readonly progress: Progress;
  readonly reason: string;
};

/** Whether a request ended well. */
export const isSuccess = (outcome: Outcome | null): boolean =>
  outcome === "ran" || outcome === "cached" || outcome === "in-place";

/** The reason of a decision that asked for something, from what its request came to. */
export const reasonOfOutcome = (outcome: Outcome, failure: string | null): string => {
  if (outcome === "in-place") return "in place";
  if (outcome === "cached") return "cached";
  if (outcome === "failed" || outcome === "cancelled")
    return failure === null || failure === "" ? outcome : `${outcome}: ${failure}`;
  return "started";
};
