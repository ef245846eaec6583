import { toJson } from "@bufbuild/protobuf";
import type { JsMsg } from "@nats-io/jetstream";
import { type LiveEvent, liveEvent } from "@rollerblade/client";
import { parseSubject, topics } from "@rollerblade/events";

/** Null for what is no event of ours, and for a replayed dead letter, which is an event that was shown before. */
export const decodeEvent = (message: JsMsg): LiveEvent | null => {
  const place = parseSubject(message.subject);
  if (place === null || message.headers?.get("rollerblade-only")) return null;
  const { schema, decode } = topics[place.topic];
  try {
    const time = message.headers?.get("ce-time") || message.time.toISOString();
    const id = message.headers?.get("ce-id") || String(message.seq);
    return liveEvent.parse({ id, ...place, time, message: toJson(schema, decode(message.data)) });
  } catch {
    // A foreign publisher said something that is no message of this topic; its consumers made a dead letter of it.
    return null;
  }
};
