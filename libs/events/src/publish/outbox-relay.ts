import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { onNotify, type Sql, tryLock } from "@rollerblade/database";
import type { Logger } from "@rollerblade/telemetry";
import { crashPoint } from "../crash-point.ts";
import type { EventMetrics } from "../metrics.ts";
import { outboxChannel } from "./outbox.ts";
import { publishRow, type WaitingRow } from "./publish-row.ts";
import { createWake } from "./trigger.ts";

/** What a relay works with. */
export type RelayOptions = {
  readonly sql: Sql;
  readonly schema: string;
  readonly connection: NatsConnection;
  /** Whether it stands; without it nothing is tried. */
  readonly connected: () => boolean;
  readonly service: string;
  readonly log: Logger;
  readonly metrics: EventMetrics;
};

/** Publishes what stands in an outbox. */
export type Relay = { wake(): void; stop(): Promise<void> };

/** Rows of one round; all of them are on their way to the server at once, written in one go. */
const roundSize = 500;
/** Milliseconds after which a relay looks without having been woken. */
const pollEvery = 1_000;

/**
 * Starts the relay of one outbox. It takes a session lock for a pass, so of several replicas one publishes, and no row is locked and no
 * transaction open while the network answers. The lock only saves work: if two relays ever published the same row, `Nats-Msg-Id` and the
 * inboxes would drop the second message. A round is: read what is not published, publish it, mark it. A crash in between
 * publishes the round again, which is dropped in the same way.
 */
export const startRelay = (options: RelayOptions): Relay => {
  const wake = createWake();
  const stream = jetstream(options.connection);
  const listening = onNotify(options.sql, outboxChannel(options.schema), wake.now);
  listening.catch((error) => options.log.warn({ err: error }, "the relay polls: LISTEN failed"));
  const done = relayLoop(options, stream, wake);
  return {
    wake: wake.now,
    stop: async () => {
      wake.stop();
      await done;
      await listening.then((unlisten) => unlisten()).catch(() => {});
    },
  };
};

const relayLoop = async (
  options: RelayOptions,
  stream: JetStreamClient,
  wake: ReturnType<typeof createWake>,
): Promise<void> => {
  while (!wake.stopped()) {
    try {
      if (options.connected()) {
        await tryLock(options.sql, `outbox ${options.schema}`, () => relayAll(options, stream, wake.stopped));
      }
    } catch (error) {
      options.metrics.publishFailures.inc();
      options.log.warn({ err: error }, "publishing events failed and is tried again");
    }
    await wake.wait(pollEvery);
  }
};

const relayAll = async (options: RelayOptions, stream: JetStreamClient, stopped: () => boolean): Promise<void> => {
  for (;;) {
    const rows = await readWaiting(options);
    await publishRows(options, stream, rows);
    if (rows.length < roundSize || stopped() || !options.connected()) return;
  }
};

const readWaiting = ({ sql, schema }: RelayOptions): Promise<WaitingRow[]> =>
  sql<WaitingRow[]>`
    select id, sequence, topic, subject, body, traceparent, created_at as time
    from ${sql(schema)}.outbox where published_at is null order by sequence limit ${roundSize}`;

/** Publishes rows with many in flight and marks those that the stream acknowledged; one that fails does not hold the others. */
const publishRows = async (
  options: RelayOptions,
  stream: JetStreamClient,
  rows: readonly WaitingRow[],
): Promise<void> => {
  if (rows.length === 0) return;
  const results = await Promise.allSettled(rows.map((row) => publishRow(stream, options.service, row)));
  crashPoint("relay.published");
  const published = rows.filter((_, index) => results[index]?.status === "fulfilled");
  await markPublished(options, published);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
};

const markPublished = async (options: RelayOptions, rows: readonly WaitingRow[]): Promise<void> => {
  if (rows.length === 0) return;
  const { sql, schema, metrics } = options;
  await sql`update ${sql(schema)}.outbox set published_at = now() where id = any(${rows.map((row) => row.id)}::uuid[])`;
  for (const row of rows) metrics.published.inc({ topic: row.topic });
};
