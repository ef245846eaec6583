import { isConflict, isOutage } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";

/** Why the handling of an event failed, and what is to become of the event. */
export class HandlingFailure extends Error {
  /** `permanent`: trying again cannot help. `retryable`: it may. */
  readonly kind: "permanent" | "retryable";
  /** Milliseconds until the next try; null leaves it to the back-off. */
  readonly delay: number | null;
  /** The event of a batch that is at fault, by id; null when the handler did not name one. */
  readonly event: string | null;

  constructor(
    kind: "permanent" | "retryable",
    message: string,
    options: { cause?: unknown; delay?: number | undefined; event?: { readonly id: string } | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = kind === "permanent" ? "PermanentFailure" : "RetryableFailure";
    this.kind = kind;
    this.delay = options.delay ?? null;
    this.event = options.event?.id ?? null;
  }
}

/**
 * An error for an event that can never be handled: it becomes a dead letter at once.
 * With `event`, only that one of the batch is set aside; without, the batch is halved until the culprit is alone.
 */
export const permanent = (
  why: string,
  options: { readonly cause?: unknown; readonly event?: { readonly id: string } } = {},
): HandlingFailure => new HandlingFailure("permanent", why, options);

/**
 * An error for an event that may be handled later. Any other error counts as retryable too.
 * `delay` is milliseconds until the next try, instead of the back-off.
 */
export const retryable = (
  why: string,
  options: { readonly cause?: unknown; readonly delay?: number; readonly event?: { readonly id: string } } = {},
): HandlingFailure => new HandlingFailure("retryable", why, options);

/**
 * Any thrown value in the vocabulary of handlers; what is unknown is retryable and keeps its cause. What is too large to be published
 * will be too large the next time as well.
 */
export const failureOf = (thrown: unknown): HandlingFailure => {
  if (thrown instanceof HandlingFailure) return thrown;
  if (thrown instanceof Problem && thrown.code === "too-large") return permanent(thrown.message, { cause: thrown });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HandlingFailure("retryable", message, { cause: thrown });
};

/**
 * Whether no event is at fault: a server, PostgreSQL above all, is away, or asks to repeat the transaction. The batch stays in flight
 * instead of spending its deliveries.
 */
export const isPassing = (thrown: unknown): boolean =>
  !(thrown instanceof HandlingFailure) && (isOutage(thrown) || isConflict(thrown));
