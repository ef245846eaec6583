import { backOffMs } from "@rollerblade/errors";
import { type Logger, markFailed, withContext } from "@rollerblade/telemetry";
import type { EventMetrics, Outcome } from "../metrics.ts";
import type { Delivery } from "./delivery.ts";
import { failureOf, HandlingFailure, isPassing } from "./failure.ts";
import type { HandleEvents } from "./handle-once.ts";

/** Delays before an event that could not be handled is delivered again: half a second at first, five minutes at last. */
const redelivery = { minMs: 500, maxMs: 300_000 } as const;

/** The ways to settle a delivery. */
export type Answers = {
  ack(delivery: Delivery): void;
  /** Back to the stream, to be delivered again after so many milliseconds. */
  retry(delivery: Delivery, milliseconds: number): void;
  /** Stores a dead letter and terminates the message. */
  deadLetter(delivery: Delivery, failure: HandlingFailure): Promise<void>;
};

/** What settling works with. */
export type SettleOptions = {
  readonly durable: string;
  readonly maxDeliver: number;
  readonly handle: HandleEvents;
  readonly answers: Answers;
  readonly log: Logger;
  readonly metrics: EventMetrics | null;
  /** Whether to give up waiting for a server that is away. */
  readonly stopping: () => boolean;
};

/**
 * Handles a batch and settles each of its messages. When it fails, the event at fault is looked for by halving, so that one poisoned event
 * holds up no other; when everything fails, the rest is returned together.
 */
export const settleBatch = async (options: SettleOptions, batch: readonly Delivery[]): Promise<void> => {
  const stopTimer = options.metrics?.handling.startTimer({ durable: options.durable });
  const tolerated = toleratedFailures(batch.length);
  const parts: (readonly Delivery[])[] = [batch];
  let failuresInRow = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part.length === 0) continue;
    const handled = await handlePart(options, part).catch(failureOf);
    if (!(handled instanceof HandlingFailure)) {
      failuresInRow = 0;
      for (const delivery of part) finish(options, delivery, handled.has(delivery.event.id) ? "handled" : "duplicate");
      continue;
    }
    failuresInRow += 1;
    const { failed, next } = nextStep(part, handled, { failuresInRow, tolerated });
    for (const delivery of failed) await settleFailed(options, delivery, handled);
    parts.unshift(...next);
  }
  stopTimer?.();
};

/** How often handling has failed since it last succeeded, and how often it may. */
export type Progress = { readonly failuresInRow: number; readonly tolerated: number };

/** What becomes of a part of a batch that could not be handled. */
export type Step<D> = {
  /** To be retried later or dead-lettered. */
  readonly failed: readonly D[];
  /** To be handled now, in this order. */
  readonly next: readonly (readonly D[])[];
};

/**
 * Decides what becomes of a part whose handling failed. A single event, or the one that the failure names, is at fault. Otherwise the
 * part is halved, unless so many failures in a row show that no single event is to blame: then all of it has failed. A permanent failure
 * is always pursued to its event, since what is not at fault must not become a dead letter.
 */
export const nextStep = <D extends { readonly event: { readonly id: string } }>(
  part: readonly D[],
  failure: Pick<HandlingFailure, "kind" | "event">,
  { failuresInRow, tolerated }: Progress,
): Step<D> => {
  if (part.length <= 1) return { failed: part, next: [] };
  const culprit = part.find(({ event }) => event.id === failure.event);
  if (culprit !== undefined) return { failed: [culprit], next: [part.filter((one) => one !== culprit)] };
  if (failuresInRow > tolerated && failure.kind === "retryable") return { failed: part, next: [] };
  const middle = Math.ceil(part.length / 2);
  return { failed: [], next: [part.slice(0, middle), part.slice(middle)] };
};

/**
 * Failures in a row that a batch of so many events may have. One poisoned event costs at most ⌈log₂ n⌉ of them, because the other half
 * succeeds in between; twice as many, and four for small batches, leave room for a second one beside it.
 */
export const toleratedFailures = (events: number): number => 2 * Math.ceil(Math.log2(events + 1)) + 4;

// While a server is away the batch waits here: no event is at fault, and none spends its deliveries.
const handlePart = async (options: SettleOptions, part: readonly Delivery[]): Promise<ReadonlySet<string>> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTrace(part, () => options.handle(part.map((delivery) => delivery.event)));
    } catch (error) {
      if (!isPassing(error) || options.stopping()) throw error;
      options.log.warn({ err: error, durable: options.durable }, "a server is away; the batch waits for it");
      await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, { minMs: 500, maxMs: 5_000 })));
    }
  }
};

const inTrace = <T>(part: readonly Delivery[], work: () => Promise<T>): Promise<T> => {
  const [only, ...others] = part;
  return only !== undefined && others.length === 0 ? withContext(only.event.cause, work) : work();
};

const settleFailed = async (options: SettleOptions, delivery: Delivery, failure: HandlingFailure): Promise<void> => {
  const { event } = delivery;
  const about = {
    err: failure,
    durable: options.durable,
    event: event.id,
    topic: event.topic,
    delivery: event.delivery,
  };
  markFailed(delivery.span, failure);
  if (failure.kind === "permanent" || event.delivery >= options.maxDeliver) {
    options.log.error(about, "an event became a dead letter");
    await options.answers.deadLetter(delivery, failure);
    options.metrics?.deadLetters.inc({ durable: options.durable });
    return count(options, delivery, "dead");
  }
  options.log.warn(about, "an event could not be handled and is tried again");
  options.answers.retry(delivery, failure.delay ?? backOffMs(event.delivery, redelivery));
  count(options, delivery, "retried");
};

const finish = (options: SettleOptions, delivery: Delivery, outcome: Outcome): void => {
  options.answers.ack(delivery);
  count(options, delivery, outcome);
};

const count = ({ metrics, durable }: SettleOptions, { event, span }: Delivery, outcome: Outcome): void => {
  metrics?.delivered.inc({ durable, topic: event.topic, outcome });
  if (event.delivery > 1) metrics?.redelivered.inc({ durable });
  span.end();
};
