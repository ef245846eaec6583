import { jetstream } from "@nats-io/jetstream";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { type Handler, prepared } from "./consume/handlers.ts";
import { connectNats } from "./nats/nats-connection.ts";
import type { AnyEmission } from "./publish/outbox.ts";
import type { RunningEvents } from "./service-events.ts";
import { type TestService, testService } from "./testing/test-service.ts";
import { topologyOf } from "./testing/topology-of.ts";
import { newEventId } from "./topics/event-id.ts";

const servers = await startTestServers();
afterAll(() => servers.stop());

const service = async (name: string, durable = name): Promise<TestService> => {
  const made = await testService({ ...servers, name, topology: topologyOf({ name: durable }) });
  onTestFinished(() => made.stop(500));
  return made;
};

const upload = (path: string, dataset: string, id = newEventId()): AnyEmission => ({
  topic: "scan.uploaded",
  message: { dataset, path, files: [], uploader: "ada" },
  id,
});

const uploads = (count: number, dataset: string): AnyEmission[] =>
  Array.from({ length: count }, (_, index) => upload(`sub-${index}.nii.gz`, dataset));

/** Records the path of each upload of one dataset, and the sizes of the batches. */
const writeDown =
  (dataset: string, schema: string, sizes: number[] = []): Handler<"scan.uploaded"> =>
  async (events, tx) => {
    const own = events.filter((event) => event.dataset === dataset);
    sizes.push(own.length);
    await tx`insert into ${tx(schema)}.effect (event_id, path, dataset) select * from unnest(
      ${own.map((event) => event.id)}::text[], ${own.map((event) => event.message.path)}::text[],
      ${own.map(() => dataset)}::text[])`;
  };

const emitAll = (events: RunningEvents, { sql }: TestService, emissions: AnyEmission[]) =>
  sql.begin((tx) => events.emitAll(tx, emissions));

const effects = async ({ sql }: TestService, schema: string, dataset: string): Promise<number> => {
  const [row] = await sql<
    { count: number }[]
  >`select count(*) as count from ${sql(schema)}.effect where dataset = ${dataset}`;
  return row?.count ?? 0;
};

test("an emitted event is handled once, with its message, dataset and id", async () => {
  const one = await service("once");
  const seen: unknown[] = [];
  one.events.subscribe({
    durable: "once",
    handlers: {
      "scan.uploaded": prepared({
        prepare: async (events) => events.map((event) => event.message.path),
        apply: async (events, _tx, paths) => {
          seen.push(...events.map(({ id, dataset, topic }) => ({ id, dataset, topic })), ...paths);
        },
      }),
    },
  });
  await one.events.start();
  const id = newEventId();
  await emitAll(one.events, one, [upload("sub-01_T1w.nii.gz", "ds1", id)]);
  await expect.poll(() => seen).toEqual([{ id, dataset: "ds1", topic: "scan.uploaded" }, "sub-01_T1w.nii.gz"]);
  expect(one.events.ready()).toBe(true);
});

test("what is emitted in a transaction that fails is never published", async () => {
  const one = await service("rolled_back");
  one.events.subscribe({ durable: "rolled_back", handlers: { "scan.uploaded": writeDown("rb", "rolled_back") } });
  await one.events.start();
  const failing = one.sql.begin(async (tx) => {
    await one.events.emitAll(tx, uploads(3, "rb"));
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await emitAll(one.events, one, uploads(1, "rb"));
  await expect.poll(() => effects(one, "rolled_back", "rb")).toBe(1);
  expect(await one.sql`select 1 from rolled_back.outbox`).toHaveLength(1);
});

test("an id that was emitted before is not emitted again", async () => {
  const one = await service("twice");
  await emitAll(one.events, one, [upload("a", "tw", "0190a0a0-0000-7000-8000-000000000001")]);
  await emitAll(one.events, one, [upload("a", "tw", "0190a0a0-0000-7000-8000-000000000001")]);
  expect(await one.sql`select 1 from twice.outbox`).toHaveLength(1);
});

test("many events are handled in batches, by two replicas, each exactly once", async () => {
  const replicas = [await service("replicas"), await service("replicas")];
  const sizes: number[] = [];
  for (const replica of replicas) {
    replica.events.subscribe({
      durable: "replicas",
      batch: 100,
      handlers: { "scan.uploaded": writeDown("re", "replicas", sizes) },
    });
    await replica.events.start();
  }
  const [first] = replicas;
  if (first === undefined) throw new Error();
  await emitAll(first.events, first, uploads(3_000, "re"));
  await expect.poll(() => effects(first, "replicas", "re")).toBe(3_000);
  const [row] = await first.sql`select count(distinct event_id) as count from replicas.effect`;
  expect(row).toEqual({ count: 3_000 });
  expect(Math.max(...sizes)).toBeGreaterThan(10);
});

test("a second delivery has no second effect", async () => {
  const one = await service("second");
  one.events.subscribe({ durable: "second", handlers: { "scan.uploaded": writeDown("se", "second") } });
  await one.events.start();
  const id = newEventId();
  await emitAll(one.events, one, [upload("sub-1", "se", id)]);
  await expect.poll(() => effects(one, "second", "se")).toBe(1);
  // The relay lost its mark and the server its memory of message ids: the event stands in the stream twice.
  await one.sql`update second.outbox set published_at = null`;
  const connection = await connectNats({ url: servers.natsUrl, name: "test" });
  const [row] = await one.sql<{ subject: string; body: Uint8Array }[]>`select subject, body from second.outbox`;
  if (row === undefined) throw new Error();
  const { headers } = await import("@nats-io/transport-node");
  const again = headers();
  again.set("ce-id", id);
  await jetstream(connection).publish(row.subject, row.body, { headers: again, msgID: newEventId() });
  await connection.close();
  await emitAll(one.events, one, [upload("sub-2", "se")]);
  await expect.poll(() => effects(one, "second", "se")).toBe(2);
  // The second one stands behind the repeated first one in the stream, so that one is through as well.
  expect(await one.sql`select path from second.effect order by path`).toEqual([{ path: "sub-1" }, { path: "sub-2" }]);
});

test("of two batches at once the second is prepared while the first still is, and is committed after it", async () => {
  const one = await service("ahead");
  const isPrepared = Promise.withResolvers<void>();
  const applied: string[] = [];
  one.events.subscribe({
    durable: "ahead",
    batch: 1,
    concurrency: 2,
    isOrdered: true,
    handlers: {
      "scan.uploaded": prepared({
        prepare: async ([event]) => {
          if (event?.dataset !== "ah") return null;
          const { path } = event.message;
          if (path === "sub-0.nii.gz") await isPrepared.promise;
          else isPrepared.resolve();
          return path;
        },
        apply: async (_events, _tx, path) => {
          if (path !== null) applied.push(path);
        },
      }),
    },
  });
  await one.events.start();
  await emitAll(one.events, one, uploads(4, "ah"));
  await expect.poll(() => applied).toEqual([0, 1, 2, 3].map((index) => `sub-${index}.nii.gz`));
});
