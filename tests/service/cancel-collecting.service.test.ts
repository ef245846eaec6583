import { schedulerRoutes } from "@rollerblade/client";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, expect, test } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { writeTinyDataset } from "../benchmarks/scheduler/tiny-dataset.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest, catalog, scheduler], {
  scheduler: { images: "by-name", sweepSeconds: 0.5 },
});
afterAll(world.stop);
const { sql } = world;
const client = world.admin("scheduler");

/** More than four pages of a run. */
const scans = 2_100;

test("a page that was on its way when a run was cancelled brings nothing back to life", async () => {
  const directory = await writeTinyDataset(`${world.scratch}/tiny`, scans);
  await importDataset({ client: world.admin("ingest"), directory, dataset: "tiny" });
  await expect
    .poll(async () => (await sql`select from catalog.scans where dataset = 'tiny'`).length, { timeout: 60_000 })
    .toBe(scans);
  const manifest = `
name: idle
version: 1.0.0
image: nobody/nothing:1.0.0
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {copy: {name: "{entities}_desc-idle_T1w.nii.gz", metadata: {SkullStripped: false}}}`;
  await client.call(schedulerRoutes.createAnalysis, {
    body: { manifest },
  });
  const open = async (run: string) =>
    (await sql`select from scheduler.tasks where run = ${run} and outcome is distinct from 'cancelled'`).length;
  const begin = async (query: string) => client.call(schedulerRoutes.createRun, { body: { analysis: "idle", query } });

  // The catalog answers nothing more from here on.
  const blocked = await sql.reserve();
  const run = await begin('dataset.name == "tiny"');
  await blocked`begin`;
  await blocked`lock table catalog.scans in access exclusive mode`;
  expect(run.state).toBe("collecting");
  await client.call(schedulerRoutes.cancelRun, { params: { id: run.id } });
  expect(await open(run.id)).toBe(0);
  await blocked`commit`;
  blocked.release();

  // Runs are collected one after the other.
  const next = await begin('dataset.name == "tiny"');
  await expect
    .poll(async () => (await client.call(schedulerRoutes.showRun, { params: { id: next.id } })).state)
    .toBe("open");
  expect(await open(run.id)).toBe(0);
  await client.call(schedulerRoutes.cancelRun, { params: { id: next.id } });
});
