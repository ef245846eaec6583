import { jetstream } from "@nats-io/jetstream";
import { Problem } from "@rollerblade/errors";
import { currentTraceparent } from "@rollerblade/telemetry";
import { addressesOf, connectNats } from "../nats/nats-connection.ts";
import { eventHeaders } from "../topics/event-headers.ts";
import { newEventId } from "../topics/event-id.ts";
import { publishesTopic } from "../topics/publisher.ts";
import { teamSubjectOf } from "../topics/subject.ts";
import type { MessageInitOf, TopicName } from "../topics/topics.ts";
import { outboxRow } from "./outbox.ts";

/** How another team publishes an event. */
export type PublishOptions = {
  /** With the team's own user: `nats://<team>:<seed>@host:4222`. */
  readonly url: string;
  /** Who publishes it: the name of the team, in whose name it is checked. @default the user of the address */
  readonly source?: string;
  /** A UUID that is the same when the same event is published again (`eventIdOf`), so that it counts once. @default a new one */
  readonly id?: string;
};

/**
 * Publishes one event and resolves when the stream has stored it. It is for services without our outbox: whether the state that the event
 * reports was stored is the caller's business, and so is publishing it again (with the same `id`) when this throws. The event travels
 * under the team's own subject, and whatever it claims in its body, it is believed as far as that team's rights reach.
 * @returns the id of the event
 * @throws Problem `too-large`, `invalid`, `unavailable`
 */
export const publish = async <T extends TopicName>(
  topic: T,
  message: MessageInitOf<T>,
  { url, source = userOf(url), id = newEventId() }: PublishOptions,
): Promise<string> => {
  const row = outboxRow({ topic, message, id });
  const { body } = row;
  const subject = publishesTopic(source, topic) ? row.subject : teamSubjectOf(source, topic, row.dataset);
  const headers = eventHeaders({ id, topic, source, time: new Date(), traceparent: currentTraceparent() });
  const connection = await connectNats({ url, name: source });
  try {
    await jetstream(connection).publish(subject, body, { msgID: id, headers });
    return id;
  } finally {
    await connection.close();
  }
};

const userOf = (url: string): string => {
  const { user } = addressesOf(url);
  if (user !== undefined) return user;
  throw new Problem({
    code: "invalid",
    message: "Neither the address of NATS nor `source` names the team that publishes.",
    next: "Use the address that was given to your team: nats://<team>:<seed>@host:4222.",
  });
};
