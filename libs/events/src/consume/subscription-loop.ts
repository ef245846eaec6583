import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "@rollerblade/telemetry";
import { deadLetterId, stackOf, storeDeadLetter } from "../dead-letters/dead-letter.ts";
import type { EventMetrics } from "../metrics.ts";
import type { DurableDeclaration } from "../topology/topology.ts";
import { type Consuming, startConsuming } from "./consume.ts";
import { type Delivery, deliveryOf } from "./delivery.ts";
import { failureOf, type HandlingFailure } from "./failure.ts";
import type { HandleEvents } from "./handle-once.ts";
import type { Subscription } from "./handlers.ts";
import type { InFlightMessage } from "./in-flight.ts";
import { idOf, onlyFor, receive } from "./received.ts";
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
      const deliveries = await openAll(options, batch);
      await settleBatch(
        {
          ...options,
          durable: durable.name,
          maxDeliver: durable.maxDeliver,
          answers: answersOf(options, batch),
          stopping: () => consuming.stopping(),
        },
        deliveries,
      );
    },
  });
  return consuming;
};

/** The events of a batch; what cannot be decoded is dead-lettered, and what was replayed for somebody else is left to them. */
const openAll = async (
  options: SubscriptionLoopOptions,
  batch: readonly InFlightMessage[],
): Promise<readonly Delivery[]> => {
  const deliveries: Delivery[] = [];
  for (const one of batch) {
    const only = onlyFor(one.message);
    if (only !== null && only !== options.durable.name) one.message.ack();
    else deliveries.push(...(await open(options, one)));
  }
  return deliveries;
};

const open = async (options: SubscriptionLoopOptions, one: InFlightMessage): Promise<readonly Delivery[]> => {
  try {
    return [deliveryOf(one.message, receive(one.message), options.service, options.durable.name)];
  } catch (error) {
    const failure = failureOf(error);
    options.log.error(
      { err: failure, durable: options.durable.name, subject: one.message.subject },
      "an event cannot be read",
    );
    await deadLetter(options, one, failure);
    options.metrics?.deadLetters.inc({ durable: options.durable.name });
    return [];
  }
};

const answersOf = (options: SubscriptionLoopOptions, batch: readonly InFlightMessage[]): Answers => {
  const inFlight = new Map(batch.map((one) => [one.message, one]));
  const current = ({ message }: Delivery): InFlightMessage | null => {
    const one = inFlight.get(message);
    return one?.current() ? one : null;
  };
  return {
    ack: (delivery) => current(delivery)?.message.ack(),
    retry: (delivery, milliseconds) => current(delivery)?.message.nak(milliseconds),
    deadLetter: async (delivery, failure) => {
      const one = current(delivery);
      if (one === null) return;
      await options.onDeadLetter?.(delivery.event, failure.message);
      await deadLetter(options, one, failure);
    },
  };
};

const deadLetter = async (
  { connection, durable }: SubscriptionLoopOptions,
  one: InFlightMessage,
  failure: HandlingFailure,
): Promise<void> => {
  const { message } = one;
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
  if (one.current()) message.term();
};
