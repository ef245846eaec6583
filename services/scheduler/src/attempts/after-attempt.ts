import type { RetryPolicy } from "@rollerblade/analysis";
import type { AttemptOutcome } from "@rollerblade/executors";

/** An execution whose attempt has just ended. */
export type AfterAttempt = {
  readonly outcome: AttemptOutcome;
  /** What the attempt itself says of its end. */
  readonly reason: string;
  /** Attempts before this one that count. */
  readonly counted: number;
  /** Bytes that this attempt had. */
  readonly memory: number;
  readonly policy: RetryPolicy;
  /** Whether nobody wants it any more. */
  readonly cancelled: boolean;
};

/** What becomes of the execution. */
export type NextStep =
  | { readonly next: "succeeded" }
  | { readonly next: "failed"; readonly reason: string; readonly counts: boolean }
  | { readonly next: "cancelled" }
  /** Once more: `wait` says whether after a pause, `memory` with how many bytes. */
  | { readonly next: "again"; readonly counts: boolean; readonly wait: boolean; readonly memory: number };

/** Decides what an ended attempt means. Only running out of memory raises the memory; only our own losses do not count. */
export const afterAttempt = (attempt: AfterAttempt): NextStep => {
  const { outcome, memory, cancelled } = attempt;
  if (outcome === "succeeded") return { next: "succeeded" };
  if (cancelled || outcome === "cancelled") return { next: "cancelled" };
  switch (outcome) {
    case "lost":
      return { next: "again", counts: false, wait: false, memory };
    case "bad-input":
    case "input-changed":
    case "code-changed":
    case "refused":
      return { next: "failed", reason: attempt.reason, counts: outcome === "bad-input" };
    case "out-of-memory":
      return stepUp(attempt);
    default:
      return again(attempt, memory);
  }
};

const stepUp = (attempt: AfterAttempt): NextStep => {
  const { memory, policy, reason } = attempt;
  if (memory >= policy.memoryMax) {
    return { next: "failed", reason: `${reason}, which is all that it may have`, counts: true };
  }
  return again(attempt, Math.min(Math.ceil(memory * policy.memoryStep), policy.memoryMax));
};

const again = ({ counted, policy, reason }: AfterAttempt, memory: number): NextStep => {
  const used = counted + 1;
  if (used < policy.attempts) return { next: "again", counts: true, wait: true, memory };
  const attempts = used === 1 ? "1 attempt" : `${used} attempts`;
  return { next: "failed", reason: `${reason} (after ${attempts})`, counts: true };
};

/** Milliseconds until the next attempt after so many that counted; `chance` (0 to 1) spreads those that failed together. */
export const backOff = (counted: number, seconds: number, secondsMax: number, chance: number): number => {
  const pause = Math.min(seconds * 2 ** Math.max(0, counted - 1), secondsMax);
  return Math.round(1000 * pause * (0.75 + 0.5 * chance));
};
