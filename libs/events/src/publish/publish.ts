import { jetstream } from "@nats-io/jetstream";
import { currentTraceparent } from "@rollerblade/telemetry";
import { connectNats } from "../nats/nats-connection.ts";
import { eventHeaders } from "../topics/event-headers.ts";
import { newEventId } from "../topics/event-id.ts";
import type { MessageInitOf, TopicName } from "../topics/topics.ts";
import { outboxRow } from "./outbox.ts";

/** How another team publishes an event. */
export type PublishOptions = {
  /** `nats://user:password@host:4222`. */
  readonly url: string;
  /** The publisher: the name of the team or service. */
  readonly source: string;
  /** A UUID that is the same when the same event is published again (`eventIdOf`), so that it counts once. @default a new one */
  readonly id?: string;
};

/**
 * Publishes one event and resolves when the stream has stored it. It is for services without our outbox: whether the state that the event
 * reports was stored is the caller's business, and so is publishing it again (with the same `id`) when this throws.
 * @returns the id of the event
 * @throws Problem `too-large`, `invalid`, `unavailable`
 */
export const publish = async <T extends TopicName>(
  topic: T,
  message: MessageInitOf<T>,
  { url, source, id = newEventId() }: PublishOptions,
): Promise<string> => {
  const { subject, body } = outboxRow({ topic, message, id });
  const headers = eventHeaders({ id, topic, source, time: new Date(), traceparent: currentTraceparent() });
  const connection = await connectNats({ url, name: source });
  try {
    await jetstream(connection).publish(subject, body, { msgID: id, headers });
    return id;
  } finally {
    await connection.close();
  }
};
