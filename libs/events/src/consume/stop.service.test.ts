import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { AnyEmission } from "../publish/outbox.ts";
import { type TestService, testService } from "../testing/test-service.ts";
import { topologyOf } from "../testing/topology-of.ts";
import type { Handler } from "./handlers.ts";

const servers = await startTestServers();
afterAll(() => servers.stop());

const service = async (name: string, handler: Handler<"scan.uploaded">, batch = 1): Promise<TestService> => {
  const made = await testService({ ...servers, name, topology: topologyOf({ name, ackWait: 60_000 }) });
  onTestFinished(() => made.stop(100));
  made.events.subscribe({ durable: name, batch, handlers: { "scan.uploaded": handler } });
  return made;
};

const uploads = (dataset: string, count: number): AnyEmission[] =>
  Array.from({ length: count }, (_, index) => ({
    topic: "scan.uploaded",
    message: { dataset, path: `sub-${index}`, files: [], uploader: "ada" },
  }));

const handled = async ({ sql }: TestService, schema: string) => (await sql`select 1 from ${sql(schema)}.inbox`).length;

test("stopping finishes what is in hand, and hands the rest to the next replica at once", async () => {
  const seen: string[] = [];
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = await service("stopping", async (events) => {
    begun.resolve();
    await released.promise;
    seen.push(...events.map((event) => event.message.path));
  });
  await slow.sql.begin((tx) => slow.events.emitAll(tx, uploads("st", 20)));
  await slow.events.start();
  await begun.promise;
  const stopped = slow.events.stop(60_000);
  released.resolve();
  await stopped;
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.length).toBeLessThan(20);
  expect(await handled(slow, "stopping")).toBe(seen.length);
  expect(slow.events.ready()).toBe(false);

  // The server would wait a minute for an answer of somebody who had only vanished.
  const next = await service(
    "stopping",
    async (events) => void seen.push(...events.map((event) => event.message.path)),
  );
  await next.events.start();
  await expect.poll(() => new Set(seen).size).toBe(20);
  expect(seen).toHaveLength(20);
});

test("what does not end within the deadline is handed back too, and takes effect once", async () => {
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let ended = false;
  // The durable reads the stream from its beginning, so events of other tests come first.
  const ours = (events: readonly { readonly dataset: string | null }[]) =>
    events.some(({ dataset }) => dataset === "la");
  const slow = await service("late", async (events, tx) => {
    if (!ours(events)) return;
    begun.resolve();
    await released.promise;
    await tx`insert into late.effect (path) values ('slow')`;
    ended = true;
  });
  // Made before the slow one begins a transaction, which would hold up the creation of tables.
  const next = await service("late", async (events, tx) => {
    if (ours(events)) await tx`insert into late.effect (path) values ('next')`;
  });
  await slow.sql.begin((tx) => slow.events.emitAll(tx, uploads("la", 1)));
  await slow.events.start();
  await begun.promise;
  await slow.events.stop(200);
  expect(ended).toBe(false);

  await next.events.start();
  // The slow one holds its inbox row until it commits, so that whoever comes second waits for it.
  released.resolve();
  await expect.poll(() => ended).toBe(true);
  const inbox = async () => [
    ...(await next.sql`select count(*) as count from late.inbox join late.outbox on event_id = id::text`),
  ];
  await expect.poll(inbox).toEqual([{ count: 1 }]);
  expect(await next.sql`select count(*) as count from late.effect`).toEqual([{ count: 1 }]);
});

test("while PostgreSQL is away a batch stays in hand, and none of its deliveries is spent", async () => {
  const deliveries: number[] = [];
  let away = true;
  const one = await service("outage", async (events) => {
    deliveries.push(...events.map((event) => event.delivery));
    if (away) throw Object.assign(new Error("terminating connection"), { code: "57P01" });
  });
  await one.sql.begin((tx) => one.events.emitAll(tx, uploads("ou", 1)));
  await one.events.start();
  await expect.poll(() => deliveries.length).toBeGreaterThanOrEqual(2);
  away = false;
  await expect.poll(() => handled(one, "outage")).toBeGreaterThan(0);
  expect(new Set(deliveries)).toEqual(new Set([1]));
});
