import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { jetstreamManager } from "@nats-io/jetstream";
import { newNatsSeed, silentLog, startNats } from "@rollerblade/embedded";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { Handler } from "./consume/handlers.ts";
import { connectNats } from "./nats/nats-connection.ts";
import type { AnyEmission } from "./publish/outbox.ts";
import { reconcile } from "./publish/reconcile.ts";
import { type TestService, testService } from "./testing/test-service.ts";
import { topologyOf } from "./testing/topology-of.ts";
import { ensureTopology } from "./topology/ensure-topology.ts";

const servers = await startTestServers();
const folder = await mkdtemp(join(tmpdir(), "rollerblade-events-"));
const nats = await startNats({ folder, seeds: { operator: newNatsSeed() }, log: silentLog });
afterAll(async () => {
  await nats.stop();
  await servers.stop();
  await rm(folder, { recursive: true, force: true });
});

const service = async (name: string): Promise<TestService> => {
  const place = { databaseUrl: servers.databaseUrl, natsUrl: nats.url(), name };
  const made = await testService({ ...place, topology: topologyOf({ name, maxDeliver: 20 }) });
  onTestFinished(() => made.stop(1_000));
  return made;
};

const killNats = async (): Promise<void> => {
  const { pid } = nats;
  process.kill(pid, "SIGKILL");
  await expect.poll(() => nats.pid).not.toBe(pid);
};

const uploads = (from: number, count: number): AnyEmission[] =>
  Array.from({ length: count }, (_, index) => ({
    topic: "scan.uploaded",
    message: { dataset: "ds", path: `sub-${from + index}`, files: [], uploader: "ada" },
  }));

const writeDown =
  (schema: string): Handler<"scan.uploaded"> =>
  async (events, tx) => {
    await tx`insert into ${tx(schema)}.effect (event_id, path) select * from unnest(
    ${events.map((event) => event.id)}::text[], ${events.map((event) => event.message.path)}::text[])`;
  };

const effects = async ({ sql }: TestService, schema: string) => {
  const [row] = await sql<{ all: number; distinct: number }[]>`
    select count(*) as all, count(distinct path) as distinct from ${sql(schema)}.effect`;
  return row;
};

test("the nats-server is killed five times while events flow, and each event takes effect exactly once", async () => {
  const replicas = [await service("killed"), await service("killed")];
  for (const replica of replicas) {
    replica.events.subscribe({ durable: "killed", batch: 50, handlers: { "scan.uploaded": writeDown("killed") } });
    await replica.events.start();
  }
  const [first] = replicas;
  if (first === undefined) throw new Error();
  // A kill meets the relay and the consumers at another moment of each round.
  const delaysMs = [0, 130, 40, 70, 190, 10, 160, 100, 20, 50];
  for (let round = 0; round < 10; round++) {
    await first.sql.begin((tx) => first.events.emitAll(tx, uploads(round * 500, 500)));
    await sleep(delaysMs[round % delaysMs.length] ?? 0);
    if (round % 2 === 1) await killNats();
  }
  await expect
    .poll(() => effects(first, "killed"), { timeout: 45_000, interval: 200 })
    .toEqual({ all: 5_000, distinct: 5_000 });
  await expect.poll(() => replicas.every((replica) => replica.events.ready())).toBe(true);
});

test("who begins to listen when the nats-server dies without an answer listens as soon as it is back", async () => {
  const one = await service("begins");
  await one.events.start();
  process.kill(nats.pid, "SIGSTOP");
  one.events.subscribe({ durable: "begins", handlers: { "scan.uploaded": writeDown("begins") } });
  await sleep(300);
  await killNats();
  await expect.poll(() => one.events.ready()).toBe(true);
});

test("a stream that was lost as a whole is made again and filled from the outbox, and nothing is handled twice", async () => {
  const one = await service("lost");
  one.events.subscribe({ durable: "lost", handlers: { "scan.uploaded": writeDown("lost") } });
  await one.events.start();
  await one.sql.begin((tx) => one.events.emitAll(tx, uploads(0, 300)));
  await expect.poll(() => effects(one, "lost")).toMatchObject({ all: expect.any(Number) });
  await expect.poll(async () => (await one.sql`select 1 from lost.outbox where published_at is null`).length).toBe(0);
  const connection = await connectNats({ url: nats.url(), name: "test" });
  onTestFinished(() => connection.close());
  const manager = await jetstreamManager(connection);
  await manager.streams.delete("EVENTS");
  await ensureTopology(connection, topologyOf({ name: "lost", maxDeliver: 20 }));
  expect(await reconcile({ sql: one.sql, schema: "lost", connection }, null)).toBe(300);
  await one.sql.begin((tx) => one.events.emitAll(tx, uploads(300, 1)));
  await expect.poll(async () => (await manager.streams.info("EVENTS")).state.messages).toBe(301);
  const own = async () => {
    const [row] = await one.sql`
      select count(*) as all, count(distinct event_id) as distinct from lost.effect join lost.outbox on event_id = id::text`;
    return row;
  };
  await expect.poll(own).toEqual({ all: 301, distinct: 301 });
  expect(await reconcile({ sql: one.sql, schema: "lost", connection }, new Date())).toBe(0);
});

test.each(["relay.published", "inbox.commit", "inbox.committed"])(
  "the process is killed at %s, and another one ends what it began",
  async (place) => {
    const name = `killed_${place.replace(".", "_")}`;
    const one = await service(name);
    await one.sql.begin((tx) => one.events.emitAll(tx, uploads(0, 100)));
    const child = spawn(process.execPath, [fileURLToPath(new URL("./testing/crashing-service.ts", import.meta.url))], {
      env: { ...process.env, ROLLERBLADE_CRASH_AT: place, DATABASE: servers.databaseUrl, NATS: nats.url(), NAME: name },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const signal = await new Promise((resolve) => child.once("exit", (_, killedBy) => resolve(killedBy)));
    expect(signal).toBe("SIGKILL");
    one.events.subscribe({ durable: name, handlers: { "scan.uploaded": writeDown(name) } });
    await one.events.start();
    const own = async () => {
      const [row] = await one.sql`
        select count(*) as all, count(distinct event_id) as distinct from ${one.sql(name)}.effect
        join ${one.sql(name)}.outbox on event_id = id::text`;
      return row;
    };
    await expect.poll(own).toEqual({ all: 100, distinct: 100 });
  },
);
