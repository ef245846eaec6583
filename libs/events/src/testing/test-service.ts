import { connect, disconnect, type Sql } from "@rollerblade/database";
import { createLogger, createRegistry, type Registry } from "@rollerblade/telemetry";
import { createEvents } from "../create-events.ts";
import type { RunningEvents } from "../service-events.ts";
import type { Topology } from "../topology/topology.ts";

/** A service of a test: its pool, its events and its metrics. */
export type TestService = {
  readonly sql: Sql;
  readonly events: RunningEvents;
  readonly registry: Registry;
  stop(deadlineMs?: number): Promise<void>;
};

/** Where a test service lives. */
export type TestServiceOptions = {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Its schema, and its name. */
  readonly name: string;
  readonly topology?: Topology;
  /** As which service it publishes. @default the publisher of the topic that tests use */
  readonly service?: string;
};

/** A service with tables of its own; two of one name are replicas. Start its events yourself. */
export const testService = async ({
  databaseUrl,
  natsUrl,
  name,
  topology,
  service = "ingest",
}: TestServiceOptions): Promise<TestService> => {
  const sql = connect(databaseUrl);
  await createTables(sql, name);
  const registry = createRegistry(name);
  const stopping = new AbortController();
  const events = createEvents({
    sql,
    schema: name,
    nats: { url: natsUrl },
    service,
    log: createLogger(name, { level: process.env.LOG_LEVEL ?? "silent" }),
    registry,
    signal: stopping.signal,
    ...(topology === undefined ? {} : { topology }),
  });
  return {
    sql,
    events,
    registry,
    stop: async (deadlineMs = 5_000) => {
      stopping.abort();
      await events.stop(deadlineMs);
      await disconnect(sql);
    },
  };
};

/** The tables that `eventTables` of the database library declares, and one for effects. */
const createTables = async (sql: Sql, schema: string): Promise<void> => {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`;
    await tx`create schema if not exists ${tx(schema)}`;
    await tx`create table if not exists ${tx(schema)}.outbox (
      id uuid primary key, sequence bigint generated always as identity not null, topic text not null, subject text not null,
      dataset text, body bytea not null, traceparent text, created_at timestamptz not null default now(),
      published_at timestamptz)`;
    await tx`create index if not exists outbox_unpublished on ${tx(schema)}.outbox (sequence) where published_at is null`;
    await tx`create index if not exists outbox_created_at on ${tx(schema)}.outbox (created_at)`;
    await tx`create table if not exists ${tx(schema)}.inbox (
      consumer text not null, event_id text not null, handled_at timestamptz not null default now(),
      primary key (consumer, event_id))`;
    await tx`create index if not exists inbox_handled_at on ${tx(schema)}.inbox (handled_at)`;
    await tx`create table if not exists ${tx(schema)}.effect (event_id text, path text, dataset text)`;
  });
};
