import type { NatsConnection } from "@nats-io/transport-node";
import type { Queryable, Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Logger, Registry } from "@rollerblade/telemetry";
import { startAdvisories } from "./advisories.ts";
import type { Consuming } from "./consume.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { handleOnce } from "./handle-once.ts";
import { anyHandlers, requireHandlers, type Subscription } from "./handlers.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { type EventMetrics, eventMetrics } from "./metrics.ts";
import { connectNats } from "./nats-connection.ts";
import { type AnyEmission, type Emission, outboxRow, writeOutbox } from "./outbox.ts";
import { type Relay, type RelayOptions, startRelay } from "./outbox-relay.ts";
import { startSubscription } from "./subscription-loop.ts";
import type { MessageInitOf, TopicName } from "./topics.ts";
import { type DurableDeclaration, topology as declaredTopology, durableNamed, type Topology } from "./topology.ts";
import { connectedState } from "./watch-connection.ts";

/** How a service hears and speaks. */
export type ServiceEvents = {
  /**
   * Hears a durable of the topology with exactly-once effects.
   * @throws Problem `invalid` when the topology has no such durable or the handlers do not fit it
   */
  subscribe(subscription: Subscription): void;
  /**
   * Says an event when the transaction commits. `cause` is that of the event which led to it, by default the active span.
   * @throws Problem `too-large`, `invalid`
   */
  emit<T extends TopicName>(
    tx: Queryable,
    topic: T,
    message: MessageInitOf<T>,
    options?: Omit<Emission<T>, "topic" | "message">,
  ): Promise<void>;
  /** Says many events with one statement. */
  emitAll(tx: Queryable, emissions: readonly AnyEmission[]): Promise<void>;
};

/** The same with its life cycle, for whoever runs the service. */
export type RunningEvents = ServiceEvents & {
  /** Connects, makes what the server lacks, publishes the outbox and begins to listen. */
  start(): Promise<void>;
  /** Stops taking, finishes what is in hand within so many milliseconds, and hands the rest back. */
  stop(deadlineMs: number): Promise<void>;
  /** Whether the connection stands and every subscription listens. */
  ready(): boolean;
};

/** What a service's events need. */
export type EventsOptions = {
  /** Null for a service without tables of its own, which neither hears nor says anything. */
  readonly sql: Sql | null;
  /** The schema that holds `outbox` and `inbox`. */
  readonly schema: string;
  readonly nats: {
    readonly url: string;
    /** Replicas of each stream. @default 1 */
    readonly replicas?: number | undefined;
  };
  readonly service: string;
  readonly log: Logger;
  readonly registry: Registry;
  /** Aborts while `start` waits for the server. */
  readonly signal: AbortSignal;
  /** @default the declared one */
  readonly topology?: Topology;
};

type Running = {
  readonly connection: NatsConnection;
  readonly connected: () => boolean;
  readonly saying: Saying | null;
  readonly loops: Consuming[];
};

/** What publishes the outbox and keeps it in order. */
type Saying = { readonly relay: Relay; readonly endHousekeeping: () => void };

/** Makes the events of one service. Nothing is connected before `start`; `emit` works without. */
export const createEvents = (options: EventsOptions): RunningEvents => {
  const metrics = eventMetrics(options.registry);
  const subscriptions: Subscription[] = [];
  let running: Running | null = null;
  return {
    subscribe: (subscription) => {
      requireHandlers(requireDurable(options, subscription.durable), Object.keys(subscription.handlers));
      subscriptions.push(subscription);
      if (running !== null) running.loops.push(startLoop(options, metrics, running.connection, subscription));
    },
    emit: (tx, topic, message, rest = {}) => writeOutbox(tx, options.schema, [outboxRow({ topic, message, ...rest })]),
    emitAll: (tx, emissions) => writeOutbox(tx, options.schema, emissions.map(outboxRow)),
    start: async () => {
      running = await start(options, metrics, subscriptions);
    },
    stop: async (deadlineMs) => {
      if (running !== null) await stop(running, deadlineMs);
      running = null;
    },
    ready: () => running?.connected() === true && running.loops.every((loop) => loop.listening()),
  };
};

const start = async (
  options: EventsOptions,
  metrics: EventMetrics,
  subscriptions: readonly Subscription[],
): Promise<Running> => {
  const { nats, service, signal } = options;
  const connection = await connectNats({ url: nats.url, name: `rollerblade ${service}`, signal });
  const connected = connectedState(connection);
  await untilAnswered(options, () => reportTopology(options, metrics, connection));
  const saying = options.sql === null ? null : startSaying({ ...options, connection, connected, metrics }, options.sql);
  const loops = subscriptions.map((subscription) => startLoop(options, metrics, connection, subscription));
  if (loops.length > 0) loops.push(startAdvisories({ ...options, ...fixtures(options, connection) }));
  return { connection, connected, saying, loops };
};

// A server that was started just now takes connections before its streams are there.
const untilAnswered = async ({ signal, log }: EventsOptions, ask: () => Promise<void>): Promise<void> => {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn({ err: error }, "JetStream does not answer yet");
      await pause(500);
    }
  }
};

type SayingOptions = EventsOptions & Pick<RelayOptions, "connection" | "connected" | "metrics">;

const startSaying = (options: SayingOptions, sql: Sql): Saying => {
  const relay = startRelay({ ...options, sql });
  const { connection, metrics } = options;
  const housekeeping = { ...options, ...fixtures(options, connection), sql, metrics, wakeRelay: relay.wake };
  return { relay, endHousekeeping: startHousekeeping(housekeeping) };
};

const stop = async ({ connection, saying, loops }: Running, deadlineMs: number): Promise<void> => {
  await Promise.all(loops.map((loop) => loop.stop(deadlineMs)));
  saying?.endHousekeeping();
  await saying?.relay.stop();
  await Promise.race([connection.flush(), connection.closed(), pause(1_000)]);
  await Promise.race([connection.close(), pause(1_000)]);
};

const startLoop = (
  options: EventsOptions,
  metrics: EventMetrics,
  connection: NatsConnection,
  { durable, batch = 500, concurrency = 1, handlers }: Subscription,
): Consuming => {
  const { sql, schema, log } = options;
  if (sql === null) throw noTables(options.service);
  return startSubscription({
    service: options.service,
    durable: requireDurable(options, durable),
    batch,
    concurrency,
    handle: handleOnce({ sql, schema, durable, handlers: anyHandlers(handlers) }),
    ...fixtures(options, connection),
    log,
    metrics,
  });
};

const fixtures = (options: EventsOptions, connection: NatsConnection) => ({
  connection,
  topology: topologyOf(options),
  repair: async (): Promise<void> => void (await ensureTopology(connection, topologyOf(options))),
});

const reportTopology = async (
  options: EventsOptions,
  metrics: EventMetrics,
  connection: NatsConnection,
): Promise<void> => {
  const { created, drift } = await ensureTopology(connection, topologyOf(options));
  metrics.drift.set(drift.length);
  if (created.length > 0) options.log.info({ created }, "made what the NATS server lacked");
  if (drift.length > 0) options.log.error({ drift }, "the NATS server is not set up as declared; nothing was changed");
};

const topologyOf = ({ topology = declaredTopology, nats }: EventsOptions): Topology => ({
  ...topology,
  replicas: nats.replicas ?? topology.replicas,
});

const requireDurable = (options: EventsOptions, name: string): DurableDeclaration => {
  const found = durableNamed(name, topologyOf(options));
  if (found !== null) return found;
  throw new Problem({
    code: "invalid",
    message: `There is no durable "${name}".`,
    subject: name,
    next: "Declare it in libs/events/src/topology.ts.",
  });
};

const noTables = (service: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The service ${service} has no tables, so it has no inbox to hear events with.`,
    subject: service,
    next: "Give it a database in defineService.",
  });

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
