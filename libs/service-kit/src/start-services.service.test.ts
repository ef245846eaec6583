import { rename, rm, symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createHttpClient, route } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { defineService } from "./define-service.ts";
import { implement } from "./implement.ts";
import type { CommonSettings } from "./settings.ts";
import { readSettings } from "./settings.ts";
import { startServices } from "./start-services.ts";
import { serviceClient, serviceKeyVariables } from "./testing/service-world.ts";

const servers = await startTestServers();
let sql: Sql;
let settings: CommonSettings;

beforeAll(async () => {
  sql = connect(servers.databaseUrl);
  for (const schema of ["catalog", "ingest"]) {
    await sql`create schema ${sql(schema)}`;
    await sql`create table ${sql(schema)}.outbox (
      id uuid primary key, sequence bigint generated always as identity, topic text not null, subject text not null, dataset text,
      body bytea not null, traceparent text, created_at timestamptz not null default now(), published_at timestamptz)`;
    await sql`create table ${sql(schema)}.inbox (
      consumer text, event_id text, handled_at timestamptz not null default now(), primary key (consumer, event_id))`;
  }
  settings = readSettings({
    ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
    ROLLERBLADE_NATS_URL: servers.natsUrl,
    ROLLERBLADE_OBJECTS: servers.objectsUrl,
    ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:7700",
    ...serviceKeyVariables,
    ROLLERBLADE_PORT: "0",
    ROLLERBLADE_LOG_LEVEL: "silent",
    ROLLERBLADE_STOP_SECONDS: "2",
  });
});

afterAll(async () => {
  await disconnect(sql);
  await servers.stop();
});

const echo = route({
  method: "GET",
  path: "/v1/scans/:text",
  summary: "Says it again.",
  params: z.object({ text: z.string() }),
  response: z.object({ text: z.string(), who: z.string() }),
});
const relayed = route({ ...echo, path: "/v1/imports/:text" });

const database = (schema: string) => ({ schema, migrations: new URL("file:///unused/") });

const events: string[] = [];

const catalog = defineService({
  name: "catalog",
  config: z.object({ greeting: z.string().default("hello") }),
  database: database("catalog"),
  start(context) {
    implement(context, echo, ({ params, principal }) => ({
      text: `${context.config.greeting} ${params.text}`,
      who: principal.name,
    }));
    context.events.subscribe({
      durable: "catalog",
      batch: 10,
      handlers: {
        "batch.opened": async (received) => void events.push(...received.map((event) => event.message.batch)),
        ...Object.fromEntries(unused.map((topic) => [topic, async () => {}])),
      },
    });
    context.onStop(async () => void events.push("catalog stopped"));
  },
});
const unused = [
  "scan.uploaded",
  "scan.imported",
  "scan.removed",
  "metadata.uploaded",
  "batch.closed",
  "derivative.created",
  "derivative.dropped",
] as const;

const ingest = defineService({
  name: "ingest",
  config: z.object({}),
  database: database("ingest"),
  start(context) {
    implement(context, relayed, ({ params, principal }) => context.peer("catalog", principal).call(echo, { params }));
    context.every("announce", 60_000, () =>
      context.events.emit(
        context.sql,
        "batch.opened",
        { batch: "b1", dataset: "one" },
        { id: "0190a000-0000-7000-8000-000000000001" },
      ),
    );
  },
});

test("services of one process listen, find each other, receive each other's events, and stop in order", async () => {
  const running = await startServices([ingest, catalog], settings, { catalog: { greeting: "good morning" } });
  const url = running.urls.ingest ?? "";
  const client = serviceClient("ingest", { url });

  expect(await client.call(relayed, { params: { text: "there" } })).toEqual({
    text: "good morning there",
    who: "service",
  });
  await expect(createHttpClient({ url }).call(relayed, { params: { text: "x" } })).rejects.toMatchObject({
    code: "unauthenticated",
  });
  await expect.poll(() => events).toEqual(["b1"]);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);

  // A link to itself leads nowhere, so the object store cannot be read.
  const bucket = fileURLToPath(settings.objects);
  await rename(bucket, `${bucket}-away`);
  await symlink(bucket, bucket);
  const away = await fetch(`${url}/readyz`);
  expect(away.status).toBe(503);
  expect(await away.json()).toMatchObject({ checks: { objects: false, database: true, events: true } });
  await rm(bucket);
  await rename(`${bucket}-away`, bucket);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);

  await running.stop();
  expect(events).toEqual(["b1", "catalog stopped"]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test("when one cannot start, the others are stopped and the error names the reason", async () => {
  const broken = defineService({
    name: "ingest",
    config: z.object({ size: z.coerce.number() }),
    database: database("ingest"),
    start() {},
  });
  await expect(startServices([catalog, broken], settings)).rejects.toThrow("ROLLERBLADE_INGEST_SIZE is not set");
  expect(
    await sql`select from pg_stat_activity where application_name = 'catalog' and datname = current_database()`,
  ).toHaveLength(0);
});
