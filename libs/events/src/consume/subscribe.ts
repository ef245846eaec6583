import { createLogger, type Logger } from "@rollerblade/telemetry";
import { connectNats } from "../nats/nats-connection.ts";
import type { TopicName } from "../topics/topics.ts";
import { ensureForeignDurable, foreignDurable } from "../topology/foreign-durable.ts";
import type { HandleEvents } from "./handle-once.ts";
import type { Received } from "./received.ts";
import { startSubscription } from "./subscription-loop.ts";

/** How another team's service subscribes to events. */
export type SubscribeOptions = {
  /** Names the team's place in the stream; replicas that share it share the events. */
  readonly durable: string;
  /** `nats://user:password@host:4222`. */
  readonly url: string;
  /** How many events are handled at once. @default 1 */
  readonly concurrency?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** @default one JSON object a line, to standard error */
  readonly log?: Logger;
};

/** Something that listens until it is stopped. */
export type Listening = {
  /** Takes nothing more, and waits at most so long for what is being handled. */
  stop(deadlineMs?: number): Promise<void>;
};

/**
 * Calls `handler` for every event of a topic, from the beginning of the stream (30 days) and for as long as the process lives, through
 * restarts of the server. An event that was handled is not delivered again, but after a crash the last one may be: make the handler
 * idempotent by `event.id`. What it throws brings the event back later; `permanent(…)`, or too many tries, makes a dead letter.
 * @throws Problem `invalid`, `conflict`, `unavailable`
 */
export const subscribe = async <T extends TopicName>(
  topic: T,
  options: SubscribeOptions,
  handler: (event: Received<T>) => Promise<void> | void,
): Promise<Listening> => {
  const { durable: name, url, concurrency = 1, signal, log = createLogger(name) } = options;
  const durable = foreignDurable(name, [topic]);
  const connection = await connectNats({ url, name, ...(signal === undefined ? {} : { signal }) });
  const repair = () => ensureForeignDurable(connection, durable);
  await repair();
  const handle = handleEach(topic, handler);
  const loop = startSubscription({
    connection,
    service: name,
    durable,
    batch: 1,
    concurrency,
    handle,
    repair,
    log,
    metrics: null,
  });
  const stop = async (deadlineMs = 10_000): Promise<void> => {
    await loop.stop(deadlineMs);
    await connection.drain();
  };
  signal?.addEventListener("abort", () => void stop(), { once: true });
  return { stop };
};

const handleEach =
  <T extends TopicName>(topic: T, handler: (event: Received<T>) => Promise<void> | void): HandleEvents =>
  async (events) => {
    const own = events.filter((event): event is Received<T> => event.topic === topic);
    for (const event of own) await handler(event);
    return new Set(events.map((event) => event.id));
  };
