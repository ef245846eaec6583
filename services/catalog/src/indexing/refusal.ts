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

/** Deliveries after which something that might have passed is given up. */
const maxDeliveries = 3;

/** Whether this delivery of a refused event is the last one. */
export const isFinal = (event: Received, refusal: Refusal): boolean =>
  !refusal.mayPass || event.delivery >= maxDeliveries;

/** The failure that tells the backbone what becomes of a refused event. */
export const failureOf = (event: Received, refusal: Refusal): HandlingFailure =>
  isFinal(event, refusal)
    ? permanent(`${event.topic} is refused: ${refusal.why}.`, { event })
    : retryable(`${event.topic} cannot be believed yet: ${refusal.why}.`, { event, delay: 500 * 2 ** event.delivery });

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
