import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Drift, durableDrift, streamDrift } from "./drift.ts";
import { foundOrNull } from "./found-or-null.ts";
import { consumerConfig, streamConfig } from "./nats-config.ts";
import type { Topology } from "./topology.ts";

/** How a server's streams and durables compare to what is declared. */
export type TopologyInspection = {
  /** For example `stream EVENTS`. */
  readonly missing: readonly string[];
  readonly drift: readonly Drift[];
  /** Events that were given up and wait for somebody. */
  readonly deadLetters: number;
};

/** Looks, and changes nothing. @throws JetStreamApiError, for example when the server has no JetStream */
export const inspectTopology = async (connection: NatsConnection, topology: Topology): Promise<TopologyInspection> => {
  const manager = await jetstreamManager(connection);
  const missing: string[] = [];
  const drift: Drift[] = [];
  let deadLetters = 0;
  for (const declared of topology.streams) {
    const info = await foundOrNull(manager.streams.info(declared.name));
    if (info === null) missing.push(`stream ${declared.name}`);
    else drift.push(...streamDrift(streamConfig(declared, topology.replicas), info.config));
    if (declared.name === "DEAD_LETTERS") deadLetters = info?.state.messages ?? 0;
  }
  for (const declared of topology.durables) {
    const info = await foundOrNull(manager.consumers.info(declared.stream, declared.name));
    if (info === null) missing.push(`durable ${declared.name}`);
    else drift.push(...durableDrift(consumerConfig(declared), info.config));
  }
  return { missing, drift, deadLetters };
};
