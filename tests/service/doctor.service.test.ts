import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { migrate } from "@rollerblade/database";
import type { Diagnosis } from "@rollerblade/doctor";
import { checkBucket, checkDatabase, checkNats, checkServices } from "@rollerblade/doctor";
import { startTestServers } from "@rollerblade/embedded/testing";
import { connectNats, ensureTopology, topology } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";

const servers = await startTestServers();
const schema = { schema: "tagger", migrations: new URL("../../services/tagger/migrations/", import.meta.url) };
const nobody = "127.0.0.1:9";
const links = { publicUrl: `http://${nobody}`, linkSecret: "a-secret-of-links-for-tests" };

beforeAll(async () => {
  const nats = await connectNats({ url: servers.natsUrl, name: "test" });
  await ensureTopology(nats, topology);
  await nats.close();
});
afterAll(() => servers.stop());

const worst = (findings: readonly Diagnosis[]): readonly Diagnosis[] => findings.filter(({ state }) => state === "bad");

test("tables that are missing are named with the command that makes them, and then all is well", async () => {
  expect(worst(await checkDatabase(servers.databaseUrl, [schema]))).toEqual([
    expect.objectContaining({ check: "tables", next: expect.stringContaining("rollerblade migrate") }),
  ]);
  await migrate(servers.databaseUrl, [schema]);
  const findings = await checkDatabase(servers.databaseUrl, [schema]);
  expect(findings.map(({ check, state }) => [check, state])).toEqual([
    ["database", "good"],
    ["tables", "good"],
    ["connections", "good"],
    ["clock", "good"],
  ]);
});

test.each([
  ["nobody listens", `postgres://a:b@${nobody}/c`, "ECONNREFUSED"],
  ["the name is unknown", "postgres://a:b@no-such-host.invalid/c", "ENOTFOUND|EAI_AGAIN"],
])("a database where %s is reported with its reason and the variable to look at", async (_, url, reason) => {
  expect(await checkDatabase(url, [schema])).toEqual([
    {
      check: "database",
      state: "bad",
      message: expect.stringMatching(reason),
      next: expect.stringContaining("ROLLERBLADE_DATABASE_URL"),
    },
  ]);
});

test("a wrong password is told apart from a server that is away", async () => {
  const url = new URL(servers.databaseUrl);
  url.password = "wrong";
  url.username = "nobody";
  const [found] = await checkDatabase(url.href, [schema]);
  expect(found).toMatchObject({ state: "bad", message: expect.stringContaining("nobody") });
});

test("streams as declared are good, one that drifted or went is not", async () => {
  expect(worst(await checkNats(servers.natsUrl, 1))).toEqual([]);
  const nats = await connectNats({ url: servers.natsUrl, name: "test" });
  const manager = await jetstreamManager(nats);
  await manager.streams.update("EVENTS", { max_age: 1_000_000_000_000 });
  await manager.consumers.delete("EVENTS", "tagger");
  await nats.close();
  expect(worst(await checkNats(servers.natsUrl, 1)).map(({ message }) => message)).toEqual([
    "durable tagger is missing.",
    expect.stringContaining("max_age of stream EVENTS is 1000000000000"),
  ]);
});

test("a NATS server that does not answer is reported within seconds", async () => {
  expect(await checkNats(`nats://${nobody}`, 1)).toEqual([
    {
      check: "nats",
      state: "bad",
      message: "NATS does not answer.",
      next: expect.stringContaining("ROLLERBLADE_NATS_URL"),
    },
  ]);
});

test("a bucket that works is good, though its links lead nowhere from here", async () => {
  const findings = await checkBucket({ objects: servers.objectsUrl, ...links });
  expect(findings).toEqual([
    expect.objectContaining({ check: "bucket", state: "good" }),
    expect.objectContaining({ check: "links", state: "warning", message: expect.stringContaining(nobody) }),
  ]);
});

test.each([
  [
    "that cannot be written",
    async () => {
      const file = join(tmpdir(), `doctor-${process.pid}`);
      await writeFile(file, "");
      return `file://${file}`;
    },
  ],
  ["whose server is away", async () => `s3+http://key:secret@${nobody}/bucket`],
])(
  "a bucket %s is bad",
  async (_, place) => {
    expect(await checkBucket({ objects: await place(), ...links })).toEqual([
      expect.objectContaining({ check: "bucket", state: "bad", next: expect.any(String) }),
    ]);
  },
  120_000,
);

test("a service that does not answer is named", async () => {
  expect(await checkServices({ peers: { catalog: `http://${nobody}` } })).toEqual([
    expect.objectContaining({ check: "service catalog", state: "bad" }),
  ]);
});
