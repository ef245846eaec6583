import { fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type ConsumerMessages, DeliverPolicy, type JsMsg, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { headerNames } from "./event-headers.ts";
import { receive } from "./received.ts";
import { noDataset, subjectsOf } from "./subject.ts";
import { type TopicName, topicNames, topics } from "./topics.ts";

/** One event as people watch it go by. */
export type TailedEvent = {
  /** Its place in the stream; `after` takes it to go on from there. */
  readonly sequence: number;
  readonly id: string;
  readonly topic: TopicName;
  readonly dataset: string | null;
  readonly source: string;
  readonly time: Date;
  readonly traceparent: string | null;
  /** The message as protobuf writes it in JSON. */
  readonly message: JsonValue;
};

/** Which events are watched, and from where on. */
export type TailOptions = {
  /** @default every fact */
  readonly topics?: readonly TopicName[] | undefined;
  /** A name; null for events without one. @default any */
  readonly dataset?: string | null | undefined;
  /** From the event after this place, or from this moment. @default what comes from now on */
  readonly after?: number | Date | undefined;
  readonly signal: AbortSignal;
};

/** The facts in the stream as they come, for live views: nobody's place is kept, and what cannot be read is left out. */
export const tail = async function* (connection: NatsConnection, options: TailOptions): AsyncGenerator<TailedEvent> {
  const consumer = await jetstream(connection).consumers.get("EVENTS", {
    filter_subjects: subjectsOfTail(options),
    ...startOf(options.after),
  });
  const messages = await consumer.consume({ max_messages: 200 });
  const stop = (): void => void messages.close();
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    yield* read(messages);
  } finally {
    options.signal.removeEventListener("abort", stop);
    stop();
  }
};

const read = async function* (messages: ConsumerMessages): AsyncGenerator<TailedEvent> {
  for await (const message of messages) {
    const event = tailed(message);
    if (event !== null) yield event;
  }
};

const subjectsOfTail = ({ topics: wanted = topicNames, dataset }: TailOptions): string[] => {
  const facts = wanted.filter((topic) => topics[topic].stream === "EVENTS");
  return facts.map((topic) =>
    dataset === undefined ? subjectsOf(topic) : `rollerblade.${topic}.${dataset ?? noDataset}`,
  );
};

const startOf = (after: number | Date | undefined) => {
  if (after === undefined) return { deliver_policy: DeliverPolicy.New };
  if (typeof after === "number") return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 };
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: after.toISOString() };
};

const tailed = (message: JsMsg): TailedEvent | null => {
  try {
    const { id, topic, dataset, time } = receive(message);
    return {
      sequence: message.seq,
      id,
      topic,
      dataset,
      source: message.headers?.get(headerNames.source) ?? "",
      time,
      traceparent: message.headers?.get(headerNames.traceparent) || null,
      message: jsonOf(topic, message.data),
    };
  } catch {
    return null;
  }
};

const jsonOf = (topic: TopicName, body: Uint8Array): JsonValue => {
  const { schema } = topics[topic];
  return toJson(schema, fromBinary(schema, body));
};
