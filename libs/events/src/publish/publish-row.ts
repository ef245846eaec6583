import type { JetStreamClient } from "@nats-io/jetstream";
import { contextFromTraceparent, contextOf, markFailed, startSpan, traceparentOf } from "@rollerblade/telemetry";
import { eventHeaders } from "../topics/event-headers.ts";
import { isTopicName } from "../topics/topics.ts";

/** A row of an outbox that is not published yet. */
export type WaitingRow = {
  readonly id: string;
  readonly sequence: number;
  readonly topic: string;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly traceparent: string | null;
  readonly time: Date;
};

/** Publishes a row under its id, inside a span of the trace that caused it; resolves when the stream has acknowledged it. */
export const publishRow = async (stream: JetStreamClient, service: string, row: WaitingRow): Promise<void> => {
  const parent = contextFromTraceparent(row.traceparent ?? "");
  const span = startSpan(`publish ${row.topic}`, {
    kind: "producer",
    parent,
    attributes: spanAttributes(service, row),
  });
  try {
    await stream.publish(row.subject, row.body, {
      msgID: row.id,
      headers: headersOf(service, row, traceparentOf(contextOf(span, parent))),
    });
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
};

const headersOf = (service: string, row: WaitingRow, traceparent: string) => {
  if (!isTopicName(row.topic)) throw new Error(`The outbox holds an event of the unknown topic ${row.topic}.`);
  const trace = traceparent || (row.traceparent ?? "");
  return eventHeaders({ id: row.id, topic: row.topic, source: service, time: row.time, traceparent: trace });
};

const spanAttributes = (service: string, row: WaitingRow) => ({
  "service.name": service,
  "messaging.system": "nats",
  "messaging.operation.type": "send",
  "messaging.destination.name": row.subject,
  "messaging.message.id": row.id,
});
