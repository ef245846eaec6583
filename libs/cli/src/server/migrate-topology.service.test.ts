import { startTestServers } from "@rollerblade/embedded/testing";
import { connectNats, ensureTopology, inspectTopology, topology } from "@rollerblade/events";
import { afterAll, expect, test } from "vitest";
import { changeRows, migrateTopology } from "./migrate-topology.ts";

const servers = await startTestServers();
const connection = await connectNats({ url: servers.natsUrl, name: "test" });
afterAll(async () => {
  await connection.close();
  await servers.stop();
});

test("migrate makes the streams and durables, and brings what an older version left there to what is declared", async () => {
  const older = {
    ...topology,
    durables: topology.durables.map((one) => (one.name === "ingest" ? { ...one, maxDeliver: 3 } : one)),
  };
  await ensureTopology(connection, older);
  const change = await migrateTopology(servers.natsUrl, 1);
  expect(changeRows(change)).toEqual([["durable ingest", "max_deliver", "3", expect.any(String)]]);
  expect(await inspectTopology(connection, topology)).toMatchObject({ missing: [], drift: [] });
  expect(await migrateTopology(servers.natsUrl, 1)).toEqual({ created: [], changed: [] });
});
