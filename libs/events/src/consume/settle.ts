import { backOffMs } from "@rollerblade/errors";
import { type Logger, markFailed, withContext } from "@rollerblade/telemetry";
import type { EventMetrics, Outcome } from "../metrics.ts";
import type { Delivery } from "./delivery.ts";
import { failureOf, HandlingFailure, isOutage } from "./failure.ts";
import type { HandleEvents } from "./handle-once.ts";

/** Delays before an event that could not be handled is delivered again: half a second at first, five minutes at last. */
const redelivery = { minMs: 500, maxMs: 300_000 } as const;

/** How deliveries are answered. */
export type Answers = {
  ack(delivery: Delivery): void;
  /** Back to the stream, to be delivered again after so many milliseconds. */
  retry(delivery: Delivery, milliseconds: number): void;
  /** Stores a dead letter and gives the message up. */
  bury(delivery: Delivery, failure: HandlingFailure): Promise<void>;
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

/** How a batch goes: after many failures in a row something else than a single event is at fault. */
type Progress = { failuresInRow: number; readonly tolerated: number };

/**
 * Handles a batch and answers each of its messages. When it fails, the culprit is looked for by halving, so that one poisoned event
 * holds up no other; when everything fails, the rest is handed back together.
 */
export const settleBatch = async (options: SettleOptions, batch: readonly Delivery[]): Promise<void> => {
  const stopTimer = options.metrics?.handling.startTimer({ durable: options.durable });
  const tolerated = 2 * Math.ceil(Math.log2(batch.length + 1)) + 4;
  await settlePart(options, batch, { failuresInRow: 0, tolerated });
  stopTimer?.();
};

const settlePart = async (options: SettleOptions, part: readonly Delivery[], progress: Progress): Promise<void> => {
  if (part.length === 0) return;
  const handled = await handlePart(options, part).catch(failureOf);
  if (handled instanceof HandlingFailure) {
    progress.failuresInRow += 1;
    return settleFailure(options, part, handled, progress);
  }
  progress.failuresInRow = 0;
  for (const delivery of part) finish(options, delivery, handled.has(delivery.event.id) ? "handled" : "duplicate");
};

// While a server is away a batch stays in hand: no event is to blame, and none spends its deliveries.
const handlePart = async (options: SettleOptions, part: readonly Delivery[]): Promise<ReadonlySet<string>> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTrace(part, () => options.handle(part.map((delivery) => delivery.event)));
    } catch (error) {
      if (!isOutage(error) || options.stopping()) throw error;
      options.log.warn({ err: error, durable: options.durable }, "a server is away; the batch stays in hand");
      await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, { minMs: 500, maxMs: 5_000 })));
    }
  }
};

const inTrace = <T>(part: readonly Delivery[], work: () => Promise<T>): Promise<T> => {
  const [only, ...others] = part;
  return only !== undefined && others.length === 0 ? withContext(only.event.cause, work) : work();
};

const settleFailure = async (
  options: SettleOptions,
  part: readonly Delivery[],
  failure: HandlingFailure,
  progress: Progress,
): Promise<void> => {
  const [only, ...others] = part;
  if (only !== undefined && others.length === 0) return settleFailed(options, only, failure);
  const culprit = part.find((delivery) => delivery.event.id === failure.event);
  if (culprit !== undefined) {
    await settleFailed(options, culprit, failure);
    return settlePart(
      options,
      part.filter((delivery) => delivery !== culprit),
      progress,
    );
  }
  if (progress.failuresInRow > progress.tolerated && failure.kind === "retryable")
    return handBack(options, part, failure);
  const middle = Math.ceil(part.length / 2);
  await settlePart(options, part.slice(0, middle), progress);
  await settlePart(options, part.slice(middle), progress);
};

const handBack = async (options: SettleOptions, part: readonly Delivery[], failure: HandlingFailure): Promise<void> => {
  for (const delivery of part) await settleFailed(options, delivery, failure);
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
    await options.answers.bury(delivery, failure);
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
