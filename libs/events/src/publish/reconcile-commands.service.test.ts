import { jetstreamManager } from "@nats-io/jetstream";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, test } from "vitest";
import { connectNats } from "../nats/nats-connection.ts";
import { testService } from "../testing/test-service.ts";
import { topology } from "../topology/topology.ts";
import { reconcile } from "./reconcile.ts";

const servers = await startTestServers();
// It consumes its own commands, so it is both of the services that take part.
const service = "pipeline-router";
const durables = topology.durables.map((durable) => ({ ...durable, service }));
const one = await testService({ ...servers, name: "router", service, topology: { ...topology, durables } });
const connection = await connectNats({ url: servers.natsUrl, name: "test" });
afterAll(async () => {
  await connection.close();
  await one.stop(1_000);
  await servers.stop();
});

const left = async () => (await (await jetstreamManager(connection)).streams.info("COMMANDS")).state.messages;
const missing = () => reconcile({ sql: one.sql, schema: "router", connection }, null);

test("commands that were carried out are not published again, those that the server has lost are", async () => {
  const handled: string[] = [];
  one.events.subscribe({
    durable: "scheduler-commands",
    handlers: { "run.requested": async (events) => void handled.push(...events.map(({ message }) => message.run)) },
  });
  await one.events.start();
  await one.sql.begin((tx) =>
    one.events.emitAll(
      tx,
      ["a", "b", "c"].map((run) => ({ topic: "run.requested", message: { run } })),
    ),
  );
  await expect.poll(() => handled.toSorted()).toEqual(["a", "b", "c"]);
  await expect.poll(left).toBe(0);
  await expect.poll(() => one.sql`select 1 from router.outbox where published_at is null`).toEqual([]);
  expect(await missing()).toBe(0);

  // A command that counts as published although the server forgot it: it was written down after the last one that the server knows.
  await one.sql`
    insert into router.outbox (id, topic, subject, body, created_at, published_at)
    select gen_random_uuid(), topic, subject, body, now() + interval '10 s', now() + interval '1 ms'
    from router.outbox order by sequence desc limit 1`;
  await expect.poll(async () => (await missing()) > 0 || handled.length > 3).toBe(true);
  await expect.poll(() => handled.length).toBe(4);
});
