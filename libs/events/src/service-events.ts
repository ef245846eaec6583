import type { Queryable, Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { Logger, Registry } from "@rollerblade/telemetry";
import type { Subscription } from "./consume/handlers.ts";
import type { StreamErasure } from "./erasure/erase-streams.ts";
import type { Erased } from "./erasure/mentions.ts";
import type { AnyEmission, Emission } from "./publish/outbox.ts";
import type { MessageInitOf, TopicName } from "./topics/topics.ts";
import {
  type DurableDeclaration,
  topology as declaredTopology,
  durableNamed,
  type Topology,
} from "./topology/topology.ts";

/** How a service consumes and emits events. */
export type ServiceEvents = {
  /**
   * Subscribes to a durable of the topology with exactly-once effects.
   * @throws Problem `invalid` when the topology has no such durable or the handlers do not fit it
   */
  subscribe(subscription: Subscription): void;
  /**
   * Emits an event, which counts when the transaction commits. `cause` is that of the event which led to it, by default the active span.
   * @throws Problem `too-large`, `invalid`
   */
  emit<T extends TopicName>(
    tx: Queryable,
    topic: T,
    message: MessageInitOf<T>,
    options?: Omit<Emission<T>, "topic" | "message">,
  ): Promise<void>;
  /** Emits many events with one statement. */
  emitAll(tx: Queryable, emissions: readonly AnyEmission[]): Promise<void>;
};

/** Erases what the streams say; see `eraseStreams`. Only the service that owns deletions does. */
export type ErasingEvents = ServiceEvents & {
  /** @throws Problem `unavailable` while the server is away */
  eraseStreams(erased: Erased, until: Date): Promise<StreamErasure>;
};

/** The same with its life cycle, for whoever runs the service. */
export type RunningEvents = ErasingEvents & {
  /** Connects, creates the missing streams and durables, publishes the outbox and begins to consume. */
  start(): Promise<void>;
  /** Stops taking, finishes what is in hand within so many milliseconds, and hands the rest back. */
  stop(deadlineMs: number): Promise<void>;
  /** Whether the connection stands and every subscription listens. */
  ready(): boolean;
};

/** What a service's events need. */
export type EventsOptions = {
  /** Null for a service without tables of its own, which neither consumes nor emits anything. */
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

/** The topology of these options, with the number of replicas that they set. */
export const topologyOf = ({ topology = declaredTopology, nats }: EventsOptions): Topology => ({
  ...topology,
  replicas: nats.replicas ?? topology.replicas,
});

/**
 * The declared durable of that name.
 * @throws Problem `invalid`
 */
export const requireDurable = (options: EventsOptions, name: string): DurableDeclaration => {
  const found = durableNamed(name, topologyOf(options));
  if (found !== null) return found;
  throw new Problem({
    code: "invalid",
    message: `There is no durable "${name}".`,
    subject: name,
    next: "Declare it in libs/events/src/topology/topology.ts.",
  });
};
