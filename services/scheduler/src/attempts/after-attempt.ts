import type { RetryPolicy } from "@rollerblade/analysis";
import type { AttemptOutcome } from "@rollerblade/executors";

/** What decides the next step of an execution whose attempt has just ended. */
export type AfterAttempt = {
  readonly outcome: AttemptOutcome;
  /** Explains the end to people. */
  readonly reason: string;
  /** Attempts before this one that count. */
  readonly counted: number;
  /** Attempts before this one that were lost. */
  readonly losses: number;
  /** Attempts just before this one that something which was away ended, one after the other. */
  readonly outages: number;
  /** Bytes that this attempt had. */
  readonly memory: number;
  readonly policy: RetryPolicy;
  /** Whether nobody wants it any more. */
  readonly cancelled: boolean;
};

/** The next step of the execution. */
export type NextStep =
  | { readonly next: "succeeded" }
  | { readonly next: "failed"; readonly reason: string; readonly counts: boolean }
  | { readonly next: "cancelled" }
  /**
   * Another attempt with so many bytes. `counts` is whether this one counts against the limit; `failures` is what the delay before the
   * next one follows from (see {@link backOff}), 0 for none.
   */
  | { readonly next: "again"; readonly counts: boolean; readonly failures: number; readonly memory: number };

/**
 * Losses after which an execution fails. A node or process that dies does not die six times under one execution unless that is what
 * ends it; a person may still retry.
 */
const maxLosses = 6;

/**
 * Losses after which an execution gets the machine for itself: should it be what ends the machine's processes, then nothing else is
 * lost with it; should it not be, it comes through.
 */
export const lossesUntilAlone = 3;

/**
 * Decides the next step after an attempt.
 *
 * - A success is one, even when it comes too late to be wanted.
 * - A lost attempt (its node or process died) does not count: the analysis is not to blame. It is repeated at once, after further
 *   losses after a delay, and no more once it was lost so often that the analysis must be to blame.
 * - What was away (the object store, the network, the cluster) is nobody's failure: it does not count, however long it takes, and the next
 *   attempt waits longer and longer.
 * - A program that reports that another attempt is of no use gets none.
 * - Inputs or code that changed, and refused images, would fail again, so there is no other attempt.
 * - Out of memory gets more, in steps of the manifest's policy up to its limit; nothing else changes the memory.
 * - Every other failure is repeated after a delay, as often as the policy allows.
 */
export const afterAttempt = (attempt: AfterAttempt): NextStep => {
  const { outcome, memory, cancelled } = attempt;
  if (outcome === "succeeded") return { next: "succeeded" };
  if (cancelled || outcome === "cancelled") return { next: "cancelled" };
  switch (outcome) {
    case "lost":
      return afterLoss(attempt);
    case "unavailable":
      return { next: "again", counts: false, failures: attempt.outages + 1, memory };
    case "bad-input":
    case "non-retryable":
    case "input-changed":
    case "code-changed":
    case "refused":
      return { next: "failed", reason: attempt.reason, counts: outcome === "bad-input" || outcome === "non-retryable" };
    case "out-of-memory":
      return stepUp(attempt);
    default:
      return again(attempt, memory);
  }
};

const afterLoss = ({ losses, reason, memory }: AfterAttempt): NextStep =>
  losses + 1 < maxLosses
    ? { next: "again", counts: false, failures: losses, memory }
    : {
        next: "failed",
        reason: `was lost ${maxLosses} times (${reason}); it may end the processes or the machine that it runs on`,
        counts: false,
      };

/** Another attempt with more memory, or the end when this one had all that it may have. */
const stepUp = (attempt: AfterAttempt): NextStep => {
  const { memory, policy, reason } = attempt;
  if (memory >= policy.memoryMax) {
    return { next: "failed", reason: `${reason}, which is all that it may have`, counts: true };
  }
  return again(attempt, Math.min(Math.ceil(memory * policy.memoryStep), policy.memoryMax));
};

const again = ({ counted, policy, reason }: AfterAttempt, memory: number): NextStep => {
  const used = counted + 1;
  if (used < policy.attempts) return { next: "again", counts: true, failures: used, memory };
  const attempts = used === 1 ? "1 attempt" : `${used} attempts`;
  return { next: "failed", reason: `${reason} (after ${attempts})`, counts: true };
};

/**
 * Returns the milliseconds until the next attempt: `seconds` after the first failure that counts, twice as long after each further one,
 * `secondsMax` at most; and a quarter more or less by `chance` (0 to 1), so that attempts that failed together, perhaps since a server was
 * away, do not come back together. Example: `backOff(3, 5, 300, 0.5)` is 20,000.
 */
export const backOff = (failures: number, seconds: number, secondsMax: number, chance: number): number => {
  const delaySeconds = Math.min(seconds * 2 ** Math.max(0, failures - 1), secondsMax);
  return Math.round(1000 * delaySeconds * (0.75 + 0.5 * chance));
};
