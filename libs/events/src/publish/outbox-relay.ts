import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { createTrigger, listen, type Sql, type Trigger, tryLock } from "@rollerblade/database";
import { backOffMs } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";
import { crashPoint } from "../crash-point.ts";
import type { EventMetrics } from "../metrics.ts";
import { outboxChannel } from "./outbox.ts";
import { publishRow, type WaitingRow } from "./publish-row.ts";

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

/** Publishes the rows of an outbox. */
export type Relay = {
  /** Begins the next pass now. */
  trigger(): void;
  stop(): Promise<void>;
};

/** Rows of one round; all of them are on their way to the server at once, written in one go. */
const roundSize = 500;
/** Milliseconds after which a relay reads the outbox without a notification. */
const pollIntervalMs = 1_000;

/** Limit of the delay after passes that failed. */
const maxBackOffMs = 5_000;

/**
 * Starts the relay of one outbox. It takes a session lock for a pass, so of several replicas one publishes, and no row is locked and no
 * transaction open while the network answers. The lock only saves work: if two relays ever published the same row, `Nats-Msg-Id` and the
 * inboxes would drop the second message. A round is: read what is not published, publish it, mark it. A crash in between
 * publishes the round again, which is dropped in the same way.
 */
export const startRelay = (options: RelayOptions): Relay => {
  const trigger = createTrigger();
  const stopping = new AbortController();
  const stopListening = listen(options.sql, outboxChannel(options.schema), {
    onNotification: trigger.fire,
    onFailure: (error) => options.log.warn({ err: error }, "not listening yet; the relay polls"),
  });
  const done = relayLoop(options, trigger, stopping.signal);
  return {
    trigger: trigger.fire,
    stop: async () => {
      stopping.abort();
      await done;
      await stopListening().catch(() => {});
    },
  };
};

const relayLoop = async (options: RelayOptions, trigger: Trigger, signal: AbortSignal): Promise<void> => {
  const stream = jetstream(options.connection);
  for (let failures = 0; !signal.aborted; ) {
    try {
      if (options.connected()) {
        await tryLock(options.sql, `outbox ${options.schema}`, () => relayAll(options, stream, signal));
      }
      failures = 0;
    } catch (error) {
      failures += 1;
      options.metrics.publishFailures.inc();
      options.log.warn({ err: error }, "publishing events failed and is tried again");
    }
    const delayMs =
      failures === 0 ? pollIntervalMs : backOffMs(failures, { minMs: pollIntervalMs, maxMs: maxBackOffMs });
    await trigger.wait(delayMs, signal);
  }
};

const relayAll = async (options: RelayOptions, stream: JetStreamClient, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const rows = await readWaiting(options);
    await publishRows(options, stream, rows);
    if (rows.length < roundSize || signal.aborted || !options.connected()) return;
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
