import { notify, type Queryable } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { currentTraceparent, traceparentOf } from "@rollerblade/telemetry";
import type { Cause } from "../consume/received.ts";
import { isEventId, newEventId } from "../topics/event-id.ts";
import { subjectOf } from "../topics/subject.ts";
import { type MessageInitOf, type TopicName, topics } from "../topics/topics.ts";

/** Largest body in bytes. The server takes 1 MiB; a dead letter needs a third more than the body. */
export const maxBody = 512 * 1024;

/** One event to be published. */
export type Emission<T extends TopicName = TopicName> = {
  readonly topic: T;
  readonly message: MessageInitOf<T>;
  /** What it comes of. @default the active span */
  readonly cause?: Cause | undefined;
  /** A UUID; an event with an id that was emitted before is not emitted again. @default a new UUIDv7 */
  readonly id?: string | undefined;
  /** @default the dataset that the message names */
  readonly dataset?: string | null | undefined;
};

/** An `Emission` of any topic, with message and topic fitting together. */
export type AnyEmission = { [T in TopicName]: Emission<T> }[TopicName];

/** One row of the outbox, before it is written. */
export type OutboxRow = {
  readonly id: string;
  readonly topic: TopicName;
  readonly subject: string;
  readonly dataset: string | null;
  readonly body: Uint8Array;
  readonly traceparent: string | null;
};

/** The channel on which PostgreSQL notifies the relays of a schema that rows were committed. */
export const outboxChannel = (schema: string): string => `rollerblade_outbox_${schema}`;

/**
 * The row of an emission.
 * @throws Problem `too-large` when the body is over `maxBody`, `invalid` when the id is not a UUID, or the dataset not a name
 */
export const outboxRow = <T extends TopicName>(emission: Emission<T>): OutboxRow => {
  const { topic, message, id = newEventId(), cause } = emission;
  const { body, dataset: named } = topics[topic].pack(message);
  const dataset = emission.dataset === undefined ? named : emission.dataset;
  if (body.length > maxBody) throw tooLarge(topic, body.length);
  if (!isEventId(id)) throw noId(topic, id);
  const traceparent = cause === undefined ? currentTraceparent() : traceparentOf(cause);
  return { id, topic, dataset, body, subject: subjectOf(topic, dataset), traceparent: traceparent || null };
};

/** Writes rows in one statement, in their order; rows whose id is there already are left out. */
export const writeOutbox = async (tx: Queryable, schema: string, rows: readonly OutboxRow[]): Promise<void> => {
  if (rows.length === 0) return;
  await tx`
    insert into ${tx(schema)}.outbox (id, topic, subject, dataset, body, traceparent)
    select * from unnest(
      ${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.topic)}::text[],
      ${rows.map((row) => row.subject)}::text[], ${rows.map((row) => row.dataset)}::text[],
      ${tx.array(rows.map((row) => Buffer.from(row.body)))}::bytea[], ${rows.map((row) => row.traceparent)}::text[])
    on conflict (id) do nothing`;
  await notify(tx, outboxChannel(schema));
};

const tooLarge = (topic: TopicName, size: number): Problem =>
  new Problem({
    code: "too-large",
    message: `The body of ${topic} has ${size} bytes, more than the ${maxBody} that a message may have.`,
    subject: topic,
    next: "Put the data into the bucket and name its key in the message.",
  });

const noId = (topic: TopicName, id: string): Problem =>
  new Problem({ code: "invalid", message: `"${id}" is not a UUID, as the id of ${topic} must be.`, subject: topic });
