import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import type { RequestedSlice } from "@rollerblade/analysis";
import { schedulerRoutes } from "@rollerblade/client";
import { newEventId, sourceDatasetsOf, withSources } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SchedulerWorld, startSchedulerWorld } from "./testing/scheduler-world.ts";

const members = 12_000;
const dataset = "crowd";
const report = "derivatives/count-1.0.0/desc-count_report.tsv";
let world: SchedulerWorld;
let slice: RequestedSlice;

/** A group whose members are real, small files. */
const groupOf = async (count: number): Promise<RequestedSlice> => {
  const all = Array.from({ length: count }, async (_, index) => {
    const label = `${index}`.padStart(5, "0");
    const path = `sub-${label}/anat/sub-${label}_T1w.nii.gz`;
    const file = join(world.bucket, "datasets", dataset, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, label);
    const sha256 = `sha256:${createHash("sha256").update(label).digest("hex")}`;
    return { dataset, path, extension: ".nii.gz", size: label.length, sha256, companions: [], reads: {} };
  });
  return {
    slice: { level: "dataset", dataset, subject: null, session: null, scan: null },
    inputs: [{ name: "scans", many: true, members: await Promise.all(all) }],
    entities: {},
    datatype: null,
  };
};

const manifest = `
name: count
version: 1.0.0
process: [sh, main.sh]
level: dataset
inputs: {scans: {suffix: T1w, extension: .nii.gz, many: true}}
outputs: {table: {name: "{entities}_desc-count_report.tsv"}}
resources: {cpu: 100m, memory: 64Mi, timeout: 5m}
`;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  const folder = join(world.folder, "count");
  await mkdir(folder);
  await writeFile(
    join(folder, "main.sh"),
    'ls $ROLLERBLADE_IN/scans | grep -c "nii.gz$" > $ROLLERBLADE_OUT/table.tsv\n',
  );
  await world
    .client()
    .call(schedulerRoutes.createAnalysis, { body: { manifest, folder, file: join(folder, "analysis.yaml") } });
  slice = await groupOf(members);
});
afterAll(() => world.stop());

/** Asks as the router does for what is too large for a message. */
const request = async (decision: string, round: number): Promise<string> => {
  const run = newEventId();
  const bodyObject = `staging/slices/${decision}-${round}.json`;
  await world.objects.put(bodyObject, Buffer.from(JSON.stringify(slice)));
  await world.publish("run.requested", {
    ...{ run, analysis: "count", version: "1.0.0", parameters: {}, priority: "pipeline", owner: "service" },
    ...{ document: "document", rule: "rule" },
    slices: [{ decision, round, sequence: 1n, slice: { level: "dataset", dataset }, bodyObject }],
  });
  return run;
};

test("a group of 12,000 members is run, published and reported, and in place when asked again", {
  timeout: 400_000,
}, async () => {
  const decision = newEventId();
  const run = await request(decision, 1);
  await expect.poll(() => world.published("task.finished"), { timeout: 300_000, interval: 200 }).toHaveLength(1);
  const [task] = await world.finished(run, 1);
  expect(task).toMatchObject({ outcome: "ran", reason: "" });
  expect(await text(await world.objects.get(`datasets/${dataset}/${report}`))).toBe(`${members}\n`);

  const sources = slice.inputs[0]?.members.map(({ path, sha256 }) => ({ dataset, path, sha256 }));
  const [created] = await world.published("derivative.created");
  expect(created?.derivative?.sources).toEqual([]);
  const whole = await withSources(world.objects, created?.derivative);
  expect(whole?.sources.map(({ path, sha256 }) => ({ dataset, path, sha256 }))).toEqual(sources);
  expect(whole === undefined ? [] : sourceDatasetsOf(whole)).toEqual([dataset]);

  const provenance = join(world.bucket, "datasets", dataset, "derivatives/count-1.0.0/.rollerblade/provenance.jsonl");
  const lines = () => readFile(provenance, "utf8").catch(() => "{}");
  await expect
    .poll(async () => JSON.parse(await lines()).sources, { timeout: 180_000, interval: 1_000 })
    .toEqual(sources);

  const [again] = await world.finished(await request(decision, 2), 1);
  expect(again).toMatchObject({ outcome: "in-place", key: task?.key, derivatives: task?.derivatives });
});
