import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Sql } from "@rollerblade/database";
import { backOffMs, Problem } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";
import { startAdvisories } from "./consume/advisories.ts";
import type { Consuming } from "./consume/consume.ts";
import { handleOnce } from "./consume/handle-once.ts";
import { anyHandlers, type Subscription } from "./consume/handlers.ts";
import { startSubscription } from "./consume/subscription-loop.ts";
import { deleteLetter } from "./dead-letters/dead-letters.ts";
import { startHousekeeping } from "./housekeeping.ts";
import type { EventMetrics } from "./metrics.ts";
import { connectNats } from "./nats/nats-connection.ts";
import { connectedState } from "./nats/watch-connection.ts";
import { type Relay, type RelayOptions, startRelay } from "./publish/outbox-relay.ts";
import { type EventsOptions, requireDurable, topologyOf } from "./service-events.ts";
import { ensureTopology } from "./topology/ensure-topology.ts";
import { advisoryDurable, type Topology } from "./topology/topology.ts";

/** The events of a service while they are connected. */
export type ConnectedEvents = {
  readonly connection: NatsConnection;
  readonly connected: () => boolean;
  readonly publishing: Publishing | null;
  readonly loops: Consuming[];
};

/** What publishes the outbox and keeps it in order. */
type Publishing = { readonly relay: Relay; readonly endHousekeeping: () => void };

/** Connects, creates the missing streams and durables, publishes and subscribes. */
export const startEvents = async (
  options: EventsOptions,
  metrics: EventMetrics,
  subscriptions: readonly Subscription[],
): Promise<ConnectedEvents> => {
  const { nats, service, signal } = options;
  const connection = await connectNats({ url: nats.url, name: `rollerblade ${service}`, signal });
  const connected = connectedState(connection);
  await untilAnswered(options, () => reportTopology(options, metrics, connection));
  const publishing =
    options.sql === null ? null : startPublishing({ ...options, connection, connected, metrics }, options.sql);
  const loops = subscriptions.map((subscription) => startLoop(options, metrics, connection, subscription));
  if (ownTopology(options).durables.some(({ name }) => name === advisoryDurable))
    loops.push(startAdvisories({ ...options, ...fixtures(options, connection) }));
  return { connection, connected, publishing, loops };
};

// A server that was started just now takes connections before its streams are there.
const untilAnswered = async ({ signal, log }: EventsOptions, ask: () => Promise<void>): Promise<void> => {
  for (let failures = 1; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn({ err: error }, "JetStream does not answer yet");
      await sleep(backOffMs(failures, { minMs: 200, maxMs: 5_000 }), undefined, { signal }).catch(() => {});
    }
  }
};

type PublishingOptions = EventsOptions & Pick<RelayOptions, "connection" | "connected" | "metrics">;

const startPublishing = (options: PublishingOptions, sql: Sql): Publishing => {
  const relay = startRelay({ ...options, sql });
  const { connection, metrics } = options;
  const housekeeping = { ...options, ...fixtures(options, connection), sql, metrics, triggerRelay: relay.trigger };
  return { relay, endHousekeeping: startHousekeeping(housekeeping) };
};

/** Stops consuming, then publishing, then closes the connection. */
export const stopEvents = async (
  { connection, publishing, loops }: ConnectedEvents,
  deadlineMs: number,
): Promise<void> => {
  await Promise.all(loops.map((loop) => loop.stop(deadlineMs)));
  publishing?.endHousekeeping();
  await publishing?.relay.stop();
  await Promise.race([connection.flush(), connection.closed(), sleep(1_000)]);
  await Promise.race([connection.close(), sleep(1_000)]);
};

/** Subscribes to one durable. */
export const startLoop = (
  options: EventsOptions,
  metrics: EventMetrics,
  connection: NatsConnection,
  { durable, batch = 500, concurrency = 1, isOrdered = false, handlers, onDeadLetter }: Subscription,
): Consuming => {
  const { sql, schema, log } = options;
  if (sql === null) throw noTables(options.service);
  return startSubscription({
    service: options.service,
    durable: requireDurable(options, durable),
    batch,
    concurrency,
    onReplayed: (letter) => void forget(connection, letter, log),
    handle: handleOnce({ sql, schema, durable, handlers: anyHandlers(handlers), isOrdered }),
    ...(onDeadLetter !== undefined && { onDeadLetter }),
    ...fixtures(options, connection),
    log,
    metrics,
  });
};

/** The streams, and the durables that this service consumes: it may neither see nor change those of others. */
const ownTopology = (options: EventsOptions): Topology => {
  const whole = topologyOf(options);
  return { ...whole, durables: whole.durables.filter(({ service }) => service === options.service) };
};

const fixtures = (options: EventsOptions, connection: NatsConnection) => ({
  connection,
  topology: topologyOf(options),
  repair: async (): Promise<void> => void (await ensureTopology(connection, ownTopology(options))),
});

const reportTopology = async (
  options: EventsOptions,
  metrics: EventMetrics,
  connection: NatsConnection,
): Promise<void> => {
  const { created, drift } = await ensureTopology(connection, ownTopology(options));
  metrics.drift.set(drift.length);
  if (created.length > 0) options.log.info({ created }, "created what was missing at the NATS server");
  if (drift.length > 0) options.log.error({ drift }, "the NATS server is not set up as declared; nothing was changed");
};

// A letter that stays is handled again at the next replay, and the inbox knows it.
const forget = async (connection: NatsConnection, letter: number, log: Logger): Promise<void> => {
  try {
    await deleteLetter(await jetstreamManager(connection, { checkAPI: false }), letter);
  } catch (error) {
    log.warn({ err: error, letter }, "the dead letter of a replayed event could not be deleted");
  }
};

const noTables = (service: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The service ${service} has no tables, so it has no inbox to subscribe with.`,
    subject: service,
    next: "Give it a database in defineService.",
  });
