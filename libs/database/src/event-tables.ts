import { isNull } from "drizzle-orm";
import { bigint, customType, index, type PgSchema, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

// A module of its own in the package's exports: a running service has no use for Drizzle, which takes a second to load.

/**
 * The outbox and the inbox of a service; its `schema.ts` exports both, so that its migrations make them.
 *
 * `outbox`: one row an event, written in the transaction of the state that it tells of. `sequence` is the order of writing,
 * `subject` the full NATS subject, `dataset` null where the event belongs to none, `body` the protobuf message, `traceparent`
 * the W3C trace context of what caused it, `published_at` null until the stream has acknowledged it.
 *
 * `inbox`: one row a durable consumer and event, written in the transaction of the effect; a second delivery finds it.
 */
export const eventTables = <Name extends string>(schema: PgSchema<Name>) => ({
  outbox: outboxOf(schema),
  inbox: inboxOf(schema),
});

const outboxOf = <Name extends string>(schema: PgSchema<Name>) =>
  schema.table(
    "outbox",
    {
      id: uuid("id").primaryKey(),
      sequence: bigint("sequence", { mode: "number" }).generatedAlwaysAsIdentity().notNull(),
      topic: text("topic").notNull(),
      subject: text("subject").notNull(),
      dataset: text("dataset"),
      body: bytea("body").notNull(),
      traceparent: text("traceparent"),
      createdAt: time("created_at").notNull().defaultNow(),
      publishedAt: time("published_at"),
    },
    (table) => [
      index("outbox_unpublished").on(table.sequence).where(isNull(table.publishedAt)),
      index("outbox_created_at").on(table.createdAt),
    ],
  );

const inboxOf = <Name extends string>(schema: PgSchema<Name>) =>
  schema.table(
    "inbox",
    {
      consumer: text("consumer").notNull(),
      // Text and not uuid: another team's publisher may name its events as it likes.
      eventId: text("event_id").notNull(),
      handledAt: time("handled_at").notNull().defaultNow(),
    },
    (table) => [
      primaryKey({ columns: [table.consumer, table.eventId] }),
      index("inbox_handled_at").on(table.handledAt),
    ],
  );
