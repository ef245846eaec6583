import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { TimeoutError } from "@nats-io/nats-core";
import type { NatsConnection } from "@nats-io/transport-node";
import { Problem } from "@rollerblade/errors";
import { type Drift, durableDrift, streamDrift } from "./drift.ts";
import { foundOrNull } from "./found-or-null.ts";
import { consumerConfig, streamConfig } from "./nats-config.ts";
import type { DurableDeclaration, StreamDeclaration, Topology } from "./topology.ts";

/** What was found at the server: names that were missing and are there now, and settings that differ. */
export type TopologyReport = { readonly created: readonly string[]; readonly drift: readonly Drift[] };

/** How to compare. */
export type TopologyOptions = {
  /** Whether what is declared replaces what is there; it does not. */
  readonly applyDrift?: boolean;
  /** Milliseconds for one answer. Half a minute: a server that has just started on a busy machine makes its streams in seconds. */
  readonly timeoutMs?: number;
};

/**
 * Creates the streams and durables that are missing, and reports where those that exist differ from their declaration. A difference
 * is left as it is: what is declared replaces it only with `applyDrift`, which an operator asks for. But for a durable that is to receive
 * further topics: that is done at once.
 * @throws Problem `unavailable` when the server does not answer
 */
export const ensureTopology = async (
  connection: NatsConnection,
  topology: Topology,
  { applyDrift: apply = false, timeoutMs = 30_000 }: TopologyOptions = {},
): Promise<TopologyReport> => {
  const answering = withinTimeout(timeoutMs);
  const manager = await answering(jetstreamManager(connection, { timeout: timeoutMs }));
  const reports: TopologyReport[] = [];
  for (const stream of topology.streams) {
    reports.push(await answering(ensureStream(manager, stream, topology.replicas, apply)));
  }
  for (const durable of topology.durables) reports.push(await answering(ensureDurable(manager, durable, apply)));
  return { created: reports.flatMap((one) => one.created), drift: reports.flatMap((one) => one.drift) };
};

const withinTimeout =
  (timeoutMs: number) =>
  async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      const message = `NATS did not answer within ${timeoutMs / 1000} s when asked for its streams.`;
      const next = "See whether JetStream is enabled there, its disk has room, and a majority of its servers is up.";
      throw new Problem({ code: "unavailable", message, next }, { cause: error });
    }
  };

const ensureStream = (
  manager: JetStreamManager,
  stream: StreamDeclaration,
  replicas: number,
  apply: boolean,
): Promise<TopologyReport> => atOnce(() => compareStream(manager, stream, replicas, apply));

/** The same for one durable. */
export const ensureDurable = (
  manager: JetStreamManager,
  durable: DurableDeclaration,
  apply: boolean,
): Promise<TopologyReport> => atOnce(() => compareDurable(manager, durable, apply));

const compareStream = async (
  manager: JetStreamManager,
  stream: StreamDeclaration,
  replicas: number,
  apply: boolean,
): Promise<TopologyReport> => {
  const declared = streamConfig(stream, replicas);
  const actual = await foundOrNull(manager.streams.info(stream.name));
  if (actual === null) {
    await manager.streams.add(declared);
    return created(`stream ${stream.name}`);
  }
  const drift = streamDrift(declared, actual.config);
  if (apply && drift.length > 0) await manager.streams.update(stream.name, { ...actual.config, ...declared });
  return { created: [], drift };
};

const compareDurable = async (
  manager: JetStreamManager,
  durable: DurableDeclaration,
  apply: boolean,
): Promise<TopologyReport> => {
  const declared = consumerConfig(durable);
  const actual = await foundOrNull(manager.consumers.info(durable.stream, durable.name));
  if (actual === null) {
    await manager.consumers.add(durable.stream, declared);
    return created(`durable ${durable.name}`);
  }
  const drift = durableDrift(declared, actual.config);
  if (filtersLess(drift)) {
    await manager.consumers.update(durable.stream, durable.name, declared);
    return { created: [], drift: [] };
  }
  if (apply && drift.length > 0) await manager.consumers.update(durable.stream, durable.name, declared);
  return { created: [], drift };
};

/** A new version that subscribes to further topics would never receive them; a wider filter takes nothing away from anybody. */
const filtersLess = ([only, ...others]: readonly Drift[]): boolean => {
  if (only?.setting !== "filter_subjects" || others.length > 0) return false;
  const declared = new Set(only.declared.split(" "));
  return only.actual !== "" && only.actual.split(" ").every((subject) => declared.has(subject));
};

const created = (name: string): TopologyReport => ({ created: [name], drift: [] });

// Services start together: one that finds a thing missing may find it made by another when it makes it.
const atOnce = async (compare: () => Promise<TopologyReport>): Promise<TopologyReport> => {
  try {
    return await compare();
  } catch (error) {
    if (error instanceof JetStreamApiError && alreadyThere.includes(error.code)) return compare();
    throw error;
  }
};

/** Consumer name in use, stream name in use, consumer already exists. */
const alreadyThere: readonly number[] = [10013, 10058, 10148];
