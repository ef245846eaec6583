import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  showRun,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";

let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  await createShellAnalysis(world, { name: "copy", script: copyScript });
});
afterAll(() => world.stop());

const folder = "datasets/ds1/derivatives/copy-1.0.0";

test("a slice is run, and its output is published with everything that belongs to it", async () => {
  const run = await world.request("copy", [await world.scan("ds1", "01", "one")]);
  const [task] = await world.finished(run, 1);
  expect(task).toMatchObject({ outcome: "ran", reason: "" });
  await expect
    .poll(() => world.keys(folder))
    .toEqual([
      ".rollerblade/provenance.jsonl",
      "dataset_description.json",
      "sub-01/anat/sub-01_desc-copy_T1w.json",
      "sub-01/anat/sub-01_desc-copy_T1w.nii.gz",
    ]);
  const sidecar = await readFile(join(world.bucket, folder, "sub-01/anat/sub-01_desc-copy_T1w.json"), "utf8");
  expect(JSON.parse(sidecar)).toMatchObject({ Sources: ["bids:raw:sub-01/anat/sub-01_T1w.nii.gz"] });
  expect(await showRun(world, run)).toMatchObject({ state: "finished", counts: { total: 1, open: 0, ran: 1 } });
  await expect.poll(() => world.keys("staging")).toEqual([]);
});
