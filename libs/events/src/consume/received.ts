import type { JsMsg } from "@nats-io/jetstream";
import { type Context, contextFromTraceparent } from "@rollerblade/telemetry";
import { headerNames } from "../topics/event-headers.ts";
import { eventIdOf } from "../topics/event-id.ts";
import { type Publisher, publisherOf } from "../topics/publisher.ts";
import { parseSubject } from "../topics/subject.ts";
import { type MessageOf, type TopicName, topics } from "../topics/topics.ts";
import { permanent } from "./failure.ts";

/** The trace of what caused something; given to `emit`, it chains one event to the next. */
export type Cause = Context;

/** One event as a handler sees it. */
export type Received<T extends TopicName = TopicName> = {
  /** The same at every delivery and after a replay. */
  readonly id: string;
  readonly topic: T;
  readonly message: MessageOf<T>;
  readonly dataset: string | null;
  /** Who published it, as the server and the subject vouch for; never what the body claims. */
  readonly publisher: Publisher;
  /** The span of this handling. */
  readonly cause: Cause;
  /** Which delivery it is, from 1. */
  readonly delivery: number;
  /** When it was published. */
  readonly time: Date;
};

/** What an event is read from: a message of a stream, or what a dead letter kept of one. */
export type EventMessage = Pick<JsMsg, "subject" | "headers" | "data" | "time" | "info">;

/**
 * The event in a message of a stream.
 * @throws HandlingFailure permanent when the subject is none of ours, somebody published it who may not, or the body does not decode as
 * the subject's message
 */
export const receive = (message: EventMessage): Received => {
  const place = parseSubject(message.subject);
  if (place === null) throw permanent(`"${message.subject}" is the subject of no known topic.`);
  const publisher = publisherOf(place, message.headers?.get(headerNames.source) ?? "");
  if ("refused" in publisher) throw permanent(publisher.refused);
  return {
    id: idOf(message),
    topic: place.topic,
    message: decode(place.topic, message.data),
    dataset: place.dataset,
    publisher,
    cause: causeOf(message),
    delivery: message.info.deliveryCount,
    time: timeOf(message),
  };
};

/** The id of the event; a publisher that gave none gets one from the place in the stream. */
export const idOf = (message: Pick<JsMsg, "headers" | "info" | "time">): string => {
  const given = message.headers?.get(headerNames.id) || message.headers?.get("Nats-Msg-Id");
  const { stream, streamSequence } = message.info;
  return given || eventIdOf(stream, String(streamSequence), message.time.toISOString());
};

/** The trace that the message belongs to; an empty one when it has none. */
const causeOf = (message: Pick<JsMsg, "headers">): Cause =>
  contextFromTraceparent(message.headers?.get(headerNames.traceparent) ?? "");

const timeOf = (message: EventMessage): Date => {
  const published = new Date(message.headers?.get(headerNames.time) ?? "");
  return Number.isNaN(published.getTime()) ? message.time : published;
};

const decode = (topic: TopicName, body: Uint8Array): MessageOf<TopicName> => {
  try {
    return topics[topic].decode(body);
  } catch (cause) {
    throw permanent(`The body is not a ${topic} message.`, { cause });
  }
};
