import { type JsMsg, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "@rollerblade/telemetry";
import { deadLetterId, stackOf, storeDeadLetter } from "../dead-letters/dead-letter.ts";
import type { EventMetrics } from "../metrics.ts";
import type { DurableDeclaration } from "../topology/topology.ts";
import { type Consuming, startConsuming } from "./consume.ts";
import { type Delivery, deliveryOf } from "./delivery.ts";
import { failureOf, HandlingFailure } from "./failure.ts";
import type { HandleEvents } from "./handle-once.ts";
import type { Subscription } from "./handlers.ts";
import type { InFlightMessage } from "./in-flight.ts";
import { type OriginalMessage, originalMessage } from "./original-message.ts";
import { idOf, receive } from "./received.ts";
import { type Answers, settleBatch } from "./settle.ts";

/** What a subscription runs with. */
export type SubscriptionLoopOptions = {
  readonly connection: NatsConnection;
  /** For spans. */
  readonly service: string;
  readonly durable: DurableDeclaration;
  readonly batch: number;
  readonly concurrency: number;
  readonly handle: HandleEvents;
  readonly onDeadLetter?: Subscription["onDeadLetter"];
  /** Is given the sequence of each dead letter whose event was handled after all. */
  readonly onReplayed?: (letter: number) => void;
  readonly repair: () => Promise<void>;
  readonly log: Logger;
  readonly metrics: EventMetrics | null;
};

/** Decodes the messages of a durable, has them handled in batches, and answers each. */
export const startSubscription = (options: SubscriptionLoopOptions): Consuming => {
  const { durable } = options;
  const consuming: Consuming = startConsuming({
    ...options,
    stream: durable.stream,
    durable: durable.name,
    ackWait: durable.ackWait,
    handle: async (batch) => {
      const originals: Originals = new Map();
      const deliveries = await openAll(options, batch, originals);
      await settleBatch(
        {
          ...options,
          durable: durable.name,
          maxDeliver: durable.maxDeliver,
          answers: answersOf(options, batch, originals),
          stopping: () => consuming.stopping(),
        },
        deliveries,
      );
    },
  });
  return consuming;
};

/** The originals of a batch, by the message that was delivered. */
type Originals = Map<JsMsg, OriginalMessage>;

/** The events of a batch; what cannot be decoded or was published by somebody who may not is dead-lettered. */
const openAll = async (
  options: SubscriptionLoopOptions,
  batch: readonly InFlightMessage[],
  originals: Originals,
): Promise<readonly Delivery[]> => {
  const deliveries: Delivery[] = [];
  for (const one of batch) deliveries.push(...(await open(options, one, originals)));
  return deliveries;
};

const open = async (
  options: SubscriptionLoopOptions,
  one: InFlightMessage,
  originals: Originals,
): Promise<readonly Delivery[]> => {
  try {
    const original = await originalMessage(options.connection, one.message);
    if (original === null) {
      one.message.ack();
      return [];
    }
    originals.set(one.message, original);
    return [deliveryOf(one.message, receive(original.message), options.service, options.durable.name)];
  } catch (error) {
    if (!(error instanceof HandlingFailure)) throw error;
    const failure = failureOf(error);
    options.log.error(
      { err: failure, durable: options.durable.name, subject: one.message.subject },
      "an event cannot be read",
    );
    await deadLetter(options, one, originals, failure);
    options.metrics?.deadLetters.inc({ durable: options.durable.name });
    return [];
  }
};

const answersOf = (
  options: SubscriptionLoopOptions,
  batch: readonly InFlightMessage[],
  originals: Originals,
): Answers => {
  const inFlight = new Map(batch.map((one) => [one.message, one]));
  const current = ({ message }: Delivery): InFlightMessage | null => {
    const one = inFlight.get(message);
    return one?.current() ? one : null;
  };
  return {
    ack: (delivery) => {
      const message = current(delivery)?.message;
      if (message === undefined) return;
      message.ack();
      const letter = originals.get(message)?.letter ?? null;
      if (letter !== null) options.onReplayed?.(letter);
    },
    retry: (delivery, milliseconds) => current(delivery)?.message.nak(milliseconds),
    deadLetter: async (delivery, failure) => {
      const one = current(delivery);
      if (one === null) return;
      await options.onDeadLetter?.(delivery.event, failure.message);
      await deadLetter(options, one, originals, failure);
    },
  };
};

const deadLetter = async (
  { connection, durable }: SubscriptionLoopOptions,
  one: InFlightMessage,
  originals: Originals,
  failure: HandlingFailure,
): Promise<void> => {
  const message = originals.get(one.message)?.message ?? one.message;
  const event = idOf(message);
  await storeDeadLetter(
    jetstream(connection),
    {
      id: deadLetterId(durable.name, event),
      durable: durable.name,
      event,
      subject: message.subject,
      stream: message.info.stream,
      sequence: message.info.streamSequence,
      deliveries: message.info.deliveryCount,
      reason: failure.message,
      stack: stackOf(failure),
      headers: Object.fromEntries([...(message.headers ?? [])].map(([name, values]) => [name, values.join(",")])),
      body: Buffer.from(message.data).toString("base64"),
      time: new Date().toISOString(),
    },
    connection.info?.max_payload ?? 1_048_576,
  );
  if (one.current()) one.message.term();
};
