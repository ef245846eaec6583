import { Problem } from "@rollerblade/errors";
import { type HandlingFailure, permanent, type Received, retryable } from "@rollerblade/events";

/** Why an event is not believed. */
export type Refusal = {
  readonly why: string;
  /** It may be that another event, still on its way, explains it; so it is looked at again before it is given up. */
  readonly mayPass: boolean;
};

/** The outcome of checking one event. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/**
 * Deliveries after which something that might have passed is given up. A service has had the bytes at their name before it announced
 * them, so something newer is almost surely on its way: the event of an import that is still copying, or one behind a queue. With the
 * delays below that is some four minutes. What a team announces is more often a mistake, which it wants to know soon.
 */
const maxDeliveries = { service: 12, team: 3 } as const;

/** Deliveries within seconds: after them people see what is wrong, and the scans of one event go on one by one and hold back no other. */
const quickDeliveries = 3;

/** Limit of the delay before the next look, in milliseconds. */
const maxDelayMs = 30_000;

/** Whether this delivery of a refused event is the last one. */
const isFinal = (event: Received, refusal: Refusal): boolean =>
  !refusal.mayPass || event.delivery >= maxDeliveries[event.publisher.kind];

/** Whether a refused scan of an event of many is waited for together with the others. */
export const isAwaited = (event: Received<"scan.imported">, refusal: Refusal): boolean =>
  refusal.mayPass && event.delivery < quickDeliveries;

/** Whether a refusal that is looked at again has to be seen meanwhile: what comes soon has come by now. */
export const isReported = (event: Received, refusal: Refusal): boolean =>
  event.delivery >= quickDeliveries && !isFinal(event, refusal);

/** The failure that tells the backbone what becomes of a refused event. */
export const failureOf = (event: Received, refusal: Refusal): HandlingFailure =>
  isFinal(event, refusal)
    ? permanent(`${event.topic} is refused: ${refusal.why}.`, { event })
    : retryable(`${event.topic} cannot be believed yet: ${refusal.why}.`, {
        event,
        delay: Math.min(500 * 2 ** event.delivery, maxDelayMs),
      });

/** A refusal that stands. */
export const refused = (why: string, mayPass = false): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: { why, mayPass },
});

/** A check that passed. */
export const accepted = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** The message of a problem that is somebody's mistake; everything else is thrown on. */
export const mistakeIn = (error: unknown): string => {
  if (error instanceof Problem && error.code !== "unavailable" && error.code !== "internal") return error.message;
  throw error;
};
