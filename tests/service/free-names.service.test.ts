import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findingsRoutes } from "@rollerblade/client";
import { publish } from "@rollerblade/events";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ingest } from "../../services/ingest/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest]);
const directory = join(world.scratch, "brains");
const dataset = "brains";

const { sql, servers } = world;
const admin = world.admin("ingest");
const ada = await world.addPerson("ada", "ingest");

beforeAll(() => {
  mkdirSync(join(directory, "sub-01", "anat"), { recursive: true });
  writeFileSync(join(directory, "dataset_description.json"), '{"Name": "Brains", "BIDSVersion": "1.11.1"}');
  writeFileSync(join(directory, "sub-01", "anat", "sub-01_T1w.nii.gz"), "no image");
});
afterAll(world.stop);

test("the fact of a deletion makes ingest forget the dataset, and frees no name: only the deletion itself does", async () => {
  const { status } = await importDataset({ client: admin, directory, dataset });
  const finding = { severity: "error", rule: "r", file: "sub-01/x", message: "m", advice: "", section: "" } as const;
  const report = { params: { import: status.id, part: 0 }, body: { findings: [finding], last: true } };
  await admin.call(findingsRoutes.reportFindings, report);
  const { errors } = await admin.call(findingsRoutes.listFindings, { params: { dataset }, query: {} });
  expect(errors).toBeGreaterThan(0);
  await expect(importDataset({ client: ada, directory, dataset })).rejects.toThrow();
  const message = { dataset, deleter: "admin" };
  await publish("dataset.deleted", message, { url: servers.natsUrl, source: "catalog" });
  await expect.poll(() => sql`select 1 from ingest.datasets where name = ${dataset}`).toEqual([]);
  expect(await sql`select 1 from ingest.findings where dataset = ${dataset}`).toEqual([]);
  await expect(importDataset({ client: ada, directory, dataset })).rejects.toThrow();
  expect(await sql`select owner from accounts.resources where name = ${dataset}`).toEqual([{ owner: "admin" }]);
  const again = await importDataset({ client: admin, directory, dataset });
  expect(again.status.state).toBe("committed");
});
