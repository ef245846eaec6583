import type { JsMsg } from "@nats-io/jetstream";
import { contextOf, type Span, startSpan } from "@rollerblade/telemetry";
import type { Received } from "./received.ts";

/** One message in hand: the event in it, its span, and the ways to give it back. */
export type Delivery = {
  readonly message: JsMsg;
  readonly event: Received;
  readonly span: Span;
};

/** The delivery of a decoded event; its span belongs to the trace of its publisher, and is the cause of what comes of it. */
export const deliveryOf = (message: JsMsg, event: Received, service: string, durable: string): Delivery => {
  const span = startSpan(`process ${event.topic}`, {
    kind: "consumer",
    parent: event.cause,
    attributes: {
      "service.name": service,
      "messaging.system": "nats",
      "messaging.operation.type": "process",
      "messaging.destination.name": message.subject,
      "messaging.consumer.group.name": durable,
      "messaging.message.id": event.id,
      "rollerblade.delivery": event.delivery,
      ...(event.dataset === null ? {} : { "rollerblade.dataset": event.dataset }),
    },
  });
  return { message, span, event: { ...event, cause: contextOf(span, event.cause) } };
};
