import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountsRoutes, createHttpClient, findingsRoutes, type HttpClient } from "@rollerblade/client";
import { connect, disconnect, migrate, type Sql } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded";
import { publish } from "@rollerblade/events";
import { type RunningServices, readSettings, startServices } from "@rollerblade/service-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importDataset } from "../../libs/cli/src/import/import-dataset.ts";
import { accounts } from "../../services/accounts/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";

const servers = await startTestServers();
const adminToken = randomBytes(16).toString("hex");
const settings = readSettings({
  ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
  ROLLERBLADE_NATS_URL: servers.natsUrl,
  ROLLERBLADE_OBJECTS: servers.objectsUrl,
  ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:1",
  ROLLERBLADE_SERVICE_TOKEN: "the-token-of-services-in-tests",
  ROLLERBLADE_PORT: "0",
  ROLLERBLADE_LOG_LEVEL: "warn",
});
const directory = mkdtempSync(join(tmpdir(), "names-"));
const dataset = "brains";

let sql: Sql;
let running: RunningServices;
let admin: HttpClient;
let ada: HttpClient;

beforeAll(async () => {
  mkdirSync(join(directory, "sub-01", "anat"), { recursive: true });
  writeFileSync(join(directory, "dataset_description.json"), '{"Name": "Brains", "BIDSVersion": "1.11.1"}');
  writeFileSync(join(directory, "sub-01", "anat", "sub-01_T1w.nii.gz"), "no image");
  sql = connect(servers.databaseUrl, { max: 2 });
  await migrate(
    servers.databaseUrl,
    [accounts.database, ingest.database].filter((database) => database !== null),
  );
  running = await startServices([accounts, ingest], settings, { accounts: { adminToken } });
  const people = createHttpClient({ url: running.urls.accounts ?? "", token: adminToken });
  await people.call(accountsRoutes.createUser, { body: { name: "ada" } });
  const { token } = await people.call(accountsRoutes.createToken, { body: { user: "ada", label: "test" } });
  admin = createHttpClient({ url: running.urls.ingest ?? "", token: adminToken });
  ada = createHttpClient({ url: running.urls.ingest ?? "", token });
});
afterAll(async () => {
  await running.stop();
  await disconnect(sql);
  await servers.stop();
  rmSync(directory, { recursive: true });
});

test("the name of a deleted dataset is free for anybody, and its findings are forgotten", async () => {
  const { status } = await importDataset({ client: admin, directory, dataset });
  const finding = { severity: "error", rule: "r", file: "sub-01/x", message: "m", advice: "", section: "" } as const;
  const report = { params: { import: status.id, part: 0 }, body: { findings: [finding], last: true } };
  await admin.call(findingsRoutes.reportFindings, report);
  const { errors } = await admin.call(findingsRoutes.listFindings, { params: { dataset }, query: {} });
  expect(errors).toBeGreaterThan(0);
  await expect(importDataset({ client: ada, directory, dataset })).rejects.toThrow();
  const message = { dataset, deleter: "admin" };
  await publish("dataset.deleted", message, { url: servers.natsUrl, source: "test" });
  await expect.poll(() => sql`select 1 from ingest.datasets where name = ${dataset}`).toEqual([]);
  expect(await sql`select 1 from ingest.findings where dataset = ${dataset}`).toEqual([]);
  const again = await importDataset({ client: ada, directory, dataset });
  expect(again.status.state).toBe("committed");
  expect(await sql`select owner from accounts.resources where name = ${dataset}`).toEqual([{ owner: "ada" }]);
});
