import { jetstreamManager } from "@nats-io/jetstream";
import type { Sql } from "@rollerblade/database";
import {
  type AnyEmission,
  connectNats,
  createEvents,
  ensureTopology,
  newEventId,
  type Received,
  type RunningEvents,
  topology,
} from "@rollerblade/events";
import { createLogger, createRegistry } from "@rollerblade/telemetry";
import { schema } from "./benchmark-servers.ts";

/** A service that consumes uploads with a durable of its own, and publishes them; it begins with an empty stream, outbox and inbox. */
export const benchmarkService = async (
  natsUrl: string,
  sql: Sql,
  durable: string,
  how: { readonly batch: number; readonly concurrency: number },
  onReceived: (events: readonly Received<"scan.uploaded">[]) => void,
): Promise<RunningEvents> => {
  const [usual] = topology.durables;
  if (usual === undefined) throw new Error("The topology has no durables.");
  await sql`truncate ingest.outbox, ingest.inbox`;
  await emptyStream(natsUrl);
  const events = createEvents({
    sql,
    schema,
    nats: { url: natsUrl },
    // Ingest alone may publish `scan.uploaded`, and a service creates no durables but its own.
    service: "ingest",
    log: createLogger(durable, { level: "warn" }),
    registry: createRegistry(durable),
    signal: new AbortController().signal,
    topology: {
      ...topology,
      durables: [...topology.durables, { ...usual, service: "ingest", name: durable, topics: ["scan.uploaded"] }],
    },
  });
  events.subscribe({ durable, ...how, handlers: { "scan.uploaded": async (received) => onReceived(received) } });
  await events.start();
  return events;
};

const emptyStream = async (url: string): Promise<void> => {
  const connection = await connectNats({ url, name: "benchmark" });
  await ensureTopology(connection, topology);
  await (await jetstreamManager(connection)).streams.purge("EVENTS");
  await connection.close();
};

/** An upload of the size that uploads have: a scan with one companion. */
export const upload = (index: number): AnyEmission => ({
  topic: "scan.uploaded",
  id: newEventId(),
  message: {
    dataset: "benchmark",
    path: `sub-${index}/anat/sub-${index}_T1w.nii.gz`,
    uploader: "ada",
    files: ["nii.gz", "json"].map((extension) => ({
      path: `sub-${index}/anat/sub-${index}_T1w.${extension}`,
      role: extension === "json" ? "json" : "image",
      size: 4_194_304n,
      sha256: `sha256:${"0123456789abcdef".repeat(4)}`,
    })),
  },
});
