import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { newNatsSeed, silentLog, startNats } from "@rollerblade/embedded";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, test } from "vitest";
import { connectNats } from "../nats/nats-connection.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { durableNamed, topology } from "./topology.ts";

const servers = await startTestServers();
const connection = await connectNats({ url: servers.natsUrl, name: "test" });
const manager = await jetstreamManager(connection);
afterAll(async () => {
  await connection.close();
  await servers.stop();
});

test("what is missing is made, by several at once, and then nothing is missing and nothing differs", async () => {
  const reports = await Promise.all(Array.from({ length: 5 }, () => ensureTopology(connection, topology)));
  expect(reports.flatMap((report) => report.drift)).toEqual([]);
  expect(new Set(reports.flatMap((report) => report.created))).toEqual(
    new Set([
      ...topology.streams.map(({ name }) => `stream ${name}`),
      ...topology.durables.map(({ name }) => `durable ${name}`),
    ]),
  );
  expect(await ensureTopology(connection, topology)).toEqual({ created: [], drift: [] });
});

test("a difference is reported and left alone, until an operator asks for it to be replaced", async () => {
  const declared = durableNamed("ingest");
  await manager.consumers.update("EVENTS", "ingest", { max_deliver: 3 });
  await manager.streams.update("EVENTS", { max_age: nanos(3_600_000) });
  const { drift } = await ensureTopology(connection, topology);
  expect(drift).toEqual([
    { of: "stream EVENTS", setting: "max_age", declared: "2592000000000000", actual: "3600000000000" },
    { of: "durable ingest", setting: "max_deliver", declared: String(declared?.maxDeliver), actual: "3" },
  ]);
  expect((await manager.consumers.info("EVENTS", "ingest")).config.max_deliver).toBe(3);
  await ensureTopology(connection, topology, { applyDrift: true });
  expect(await ensureTopology(connection, topology)).toEqual({ created: [], drift: [] });
});

test("a durable with a further topic receives it at once, and one that would receive less is reported", async () => {
  const filters = (...subjects: string[]) =>
    manager.consumers.update("EVENTS", "ingest", { filter_subjects: subjects.map((one) => `rollerblade.${one}.*`) });
  const declared = (await manager.consumers.info("EVENTS", "ingest")).config.filter_subjects;
  await filters("subject.deleted");
  expect(await ensureTopology(connection, topology)).toEqual({ created: [], drift: [] });
  expect((await manager.consumers.info("EVENTS", "ingest")).config.filter_subjects).toEqual(declared);
  await filters("subject.deleted", "dataset.deleted", "scan.removed");
  const { drift } = await ensureTopology(connection, topology);
  expect(drift).toMatchObject([{ of: "durable ingest", setting: "filter_subjects" }]);
  await ensureTopology(connection, topology, { applyDrift: true });
  expect(await ensureTopology(connection, topology)).toEqual({ created: [], drift: [] });
});

test("a server that does not answer any more is named, with what to look at", async () => {
  const folder = mkdtempSync(join(tmpdir(), "silent-nats-"));
  const nats = await startNats({ folder, seeds: { operator: newNatsSeed() }, log: silentLog });
  const silent = await connectNats({ url: nats.url(), name: "test" });
  process.kill(nats.pid, "SIGSTOP");
  try {
    const asked = ensureTopology(silent, topology, { timeoutMs: 500 });
    await expect(asked).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("NATS did not"),
    });
  } finally {
    process.kill(nats.pid, "SIGCONT");
    await silent.close();
    await nats.stop();
    rmSync(folder, { recursive: true });
  }
});
