import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { sourceHeader } from "./publisher.ts";
import type { TopicName } from "./topics.ts";

/** The headers of CloudEvents' NATS binding, and ours. */
export const headerNames = {
  id: "ce-id",
  type: "ce-type",
  source: "ce-source",
  time: "ce-time",
  version: "ce-specversion",
  contentType: "content-type",
  traceparent: "traceparent",
} as const;

/** What travels beside the body of an event. */
export type EventAttributes = {
  readonly id: string;
  readonly topic: TopicName;
  /** The service or team that publishes it. */
  readonly source: string;
  /** When it was written down. */
  readonly time: Date;
  readonly traceparent: string;
};

/** The attributes as headers of a message. */
export const eventHeaders = (event: EventAttributes): MsgHdrs => {
  const made = headers();
  made.set(headerNames.version, "1.0");
  made.set(headerNames.id, event.id);
  made.set(headerNames.type, event.topic);
  made.set(headerNames.source, sourceHeader(event.source));
  made.set(headerNames.time, event.time.toISOString());
  made.set(headerNames.contentType, "application/protobuf");
  if (event.traceparent !== "") made.set(headerNames.traceparent, event.traceparent);
  return made;
};
