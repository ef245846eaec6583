import { type JsonValue, toJson } from "@bufbuild/protobuf";
import type { JsMsg } from "@nats-io/jetstream";
import { headerNames } from "../topics/event-headers.ts";
import { publisherOf } from "../topics/publisher.ts";
import { parseSubject } from "../topics/subject.ts";
import { type TopicName, topics } from "../topics/topics.ts";

/** An event as somebody sees it who only watches. */
export type WatchedEvent = {
  readonly id: string;
  readonly topic: TopicName;
  readonly dataset: string | null;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The message, in the JSON form of Protocol Buffers. */
  readonly message: JsonValue;
};

/** A place in the stream, and the event that stands there. */
export type Watched = { readonly sequence: number; readonly event: WatchedEvent };

/** Null for what is not an event of ours or was published by somebody who may not, and for the replay of a dead letter, which was shown before. */
export const watchedOf = (message: JsMsg): Watched | null => {
  const place = parseSubject(message.subject);
  if (place === null || "refused" in publisherOf(place, message.headers?.get(headerNames.source) ?? "")) return null;
  const { schema, decode } = topics[place.topic];
  try {
    const time = message.headers?.get(headerNames.time) || message.time.toISOString();
    const id = message.headers?.get(headerNames.id) || String(message.seq);
    return {
      sequence: message.seq,
      event: { id, topic: place.topic, dataset: place.dataset, time, message: toJson(schema, decode(message.data)) },
    };
  } catch {
    // A foreign publisher published something that is not a message of this topic; its consumers made a dead letter of it.
    return null;
  }
};
