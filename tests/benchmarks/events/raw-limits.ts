import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AckPolicy, jetstream, jetstreamManager, StorageType } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Sql, Transaction } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";

const body = Buffer.alloc(300, 120);

/** Messages a second that the bare server takes (with message ids, 256 in flight) and gives (each acknowledged). */
export const measureStream = async (connection: NatsConnection, messages: number) => {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "RAW", subjects: ["raw.>"], storage: StorageType.File });
  await manager.consumers.add("RAW", { durable_name: "raw", ack_policy: AckPolicy.Explicit, max_ack_pending: 5_000 });
  const publishPerSecond = await perSecond(messages, () => publishAll(connection, messages));
  const consumePerSecond = await perSecond(messages, () => consumeAll(connection, messages));
  await manager.streams.delete("RAW");
  return { publishPerSecond, consumePerSecond };
};

const publishAll = async (connection: NatsConnection, messages: number): Promise<void> => {
  const stream = jetstream(connection);
  let next = 0;
  const publisher = async (): Promise<void> => {
    while (next < messages) await stream.publish("raw.one", body, { msgID: String(next++) });
  };
  await Promise.all(Array.from({ length: 256 }, publisher));
};

const consumeAll = async (connection: NatsConnection, messages: number): Promise<void> => {
  const consumer = await jetstream(connection).consumers.get("RAW", "raw");
  let left = messages;
  for await (const message of await consumer.consume({ max_messages: 1_000 })) {
    message.ack();
    left -= 1;
    if (left === 0) break;
  }
  while ((await consumer.info()).num_ack_pending > 0) await connection.flush();
};

/** Rows a second of the bare COPY into the outbox; they are rolled back. */
export const measureCopy = (sql: Sql, rows: number): Promise<number> =>
  rolledBack(sql, rows, async (tx) => {
    const target = await tx`copy ingest.outbox (id, topic, subject, dataset, body) from stdin`.writable();
    const hex = body.toString("hex");
    const lines = Array.from(
      { length: rows },
      () => `${newEventId()}	raw.one	raw.one	raw	\\x${hex}
`,
    );
    await pipeline(Readable.from(chunksOf(lines)), target);
  });

const chunksOf = function* (lines: readonly string[]): Generator<string> {
  for (let from = 0; from < lines.length; from += 1_000) yield lines.slice(from, from + 1_000).join("");
};

/** Rows a second of bare inserts into the outbox, 500 a statement; they are rolled back. */
export const measureInsert = (sql: Sql, rows: number): Promise<number> =>
  rolledBack(sql, rows, async (tx) => {
    for (let from = 0; from < rows; from += 500) {
      const ids = Array.from({ length: 500 }, newEventId);
      await tx`insert into ingest.outbox (id, topic, subject, dataset, body)
        select id, 'raw.one', 'raw.one', 'raw', ${body}::bytea from unnest(${ids}::uuid[]) as id`;
    }
  });

const rolledBack = async (sql: Sql, rows: number, work: (tx: Transaction) => Promise<void>): Promise<number> => {
  const enough = new Error("enough");
  let measured = 0;
  await sql
    .begin(async (tx) => {
      measured = await perSecond(rows, () => work(tx));
      throw enough;
    })
    .catch((error) => {
      if (error !== enough) throw error;
    });
  return measured;
};

const perSecond = async (count: number, work: () => Promise<void>): Promise<number> => {
  const begin = performance.now();
  await work();
  return Math.round((count / (performance.now() - begin)) * 1000);
};
