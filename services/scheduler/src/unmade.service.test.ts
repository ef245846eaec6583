import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createShellAnalysis,
  type RequestOptions,
  type SchedulerWorld,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";

let world: SchedulerWorld;

/** Always writes a summary, and a lesion only where the image is said to have one. */
const script = `cat $ROLLERBLADE_IN/t1w.nii.gz > $ROLLERBLADE_OUT/summary.nii.gz
grep -q slow $ROLLERBLADE_IN/t1w.nii.gz && sleep 2
grep -q lesion $ROLLERBLADE_IN/t1w.nii.gz && cp $ROLLERBLADE_IN/t1w.nii.gz $ROLLERBLADE_OUT/lesion.nii.gz
true
`;

const outputs = `
  summary: {name: "{entities}_desc-summary_T1w.nii.gz", metadata: {SkullStripped: false}, content: any}
  lesion: {name: "{entities}_desc-lesion_mask.nii.gz", required: false, content: any}`;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  await createShellAnalysis(world, { name: "find", script, outputs });
});
afterAll(() => world.stop());

const run = async (dataset: string, content: string, options: RequestOptions = {}) => {
  const [task] = await world.finished(
    await world.request("find", [await world.scan(dataset, "01", content)], options),
    1,
  );
  if (task === undefined) throw new Error("There is no task.");
  return task;
};

/** Outputs that were dropped, by dataset, with the task that ended without them. */
const dropped = async (dataset: string) => {
  const all = await world.published("derivative.dropped");
  return all.flatMap((one) => (one.dataset === dataset ? [{ id: one.id, path: one.path, task: one.task }] : []));
};

const lesionPath = "derivatives/find-1.0.0/sub-01/anat/sub-01_desc-lesion_mask.nii.gz";

const lesionOf = async (dataset: string): Promise<string | undefined> => {
  const rows = await world.sql<{ id: string }[]>`
    select id from scheduler.derivatives where dataset = ${dataset} and output = 'lesion'`;
  return rows[0]?.id;
};

test("an optional output that is no longer made is dropped", async () => {
  await run("gone", "a lesion", { sequence: 1 });
  expect(await dropped("gone")).toEqual([]);
  const { id: task } = await run("gone", "nothing", { sequence: 2 });
  expect(await dropped("gone")).toEqual([{ id: await lesionOf("gone"), path: lesionPath, task }]);
});

test("so it is when the execution without it ran before, and when all that it made is in place", async () => {
  await run("back", "nothing at first", { sequence: 1 });
  await run("back", "a lesion later", { sequence: 2 });
  expect(await dropped("back")).toEqual([]);
  const cached = await run("back", "nothing at first", { sequence: 3 });
  expect(cached.outcome).toBe("cached");
  const inPlace = await run("back", "nothing at first", { sequence: 4 });
  expect(inPlace.outcome).toBe("in-place");
  const id = await lesionOf("back");
  expect(await dropped("back")).toEqual([cached, inPlace].map((task) => ({ id, path: lesionPath, task: task.id })));
});

test("an execution that rightly made nothing was executed, and is in place the next time", async () => {
  const outputs = `{copy: {name: "{entities}_desc-never_T1w.nii.gz", required: false}}`;
  await createShellAnalysis(world, { name: "never", script: "true", outputs });
  const slice = await world.scan("never", "01", "no lesion anywhere");
  const outcomes: unknown[] = [];
  for (const sequence of [1, 2]) {
    const [task] = await world.finished(await world.request("never", [slice], { sequence }), 1);
    outcomes.push([task?.outcome, task?.derivatives]);
  }
  expect(outcomes).toEqual([
    ["ran", []],
    ["in-place", []],
  ]);
  const [{ count } = { count: 0 }] = await world.sql<{ count: number }[]>`
    select count(*)::int as count from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution where execution.analysis = 'never'`;
  expect(count).toBe(1);
});

test("fields that a program writes beside an output stand in its sidecar, wherever it is published", async () => {
  const script = `cp $ROLLERBLADE_IN/t1w.nii.gz $ROLLERBLADE_OUT/copy.nii.gz
grep -q bare $ROLLERBLADE_IN/t1w.nii.gz || echo '{"SkullStripped": true, "RepetitionTime": 2.5}' > $ROLLERBLADE_OUT/copy.json
`;
  await createShellAnalysis(world, { name: "describe", script });
  const sidecarIn = async (dataset: string, content: string) => {
    const slice = await world.scan(dataset, "01", content);
    const [task] = await world.finished(await world.request("describe", [slice]), 1);
    const key = `datasets/${dataset}/derivatives/describe-1.0.0/sub-01/anat/sub-01_desc-describe_T1w.json`;
    return { outcome: task?.outcome, sidecar: JSON.parse(await text(await world.objects.get(key))) };
  };
  const fields = { SkullStripped: true, RepetitionTime: 2.5, Sources: ["bids:raw:sub-01/anat/sub-01_T1w.nii.gz"] };
  expect(await sidecarIn("first", "an image")).toMatchObject({ outcome: "ran", sidecar: fields });
  expect(await sidecarIn("second", "an image")).toMatchObject({ outcome: "cached", sidecar: fields });
  expect(await sidecarIn("second", "an image")).toMatchObject({ outcome: "in-place" });
  const bare = await sidecarIn("second", "bare");
  expect(bare.outcome).toBe("ran");
  expect(bare.sidecar).toHaveProperty("SkullStripped", false);
  expect(bare.sidecar).not.toHaveProperty("RepetitionTime");
});

test("an earlier decision that ends last gives way to the later one", async () => {
  const slice = await world.scan("late", "01", "a slow lesion");
  const early = await world.request("find", [slice], { sequence: 1 });
  await expect
    .poll(() => world.sql`select 1 from scheduler.attempts join scheduler.tasks using (execution) where run = ${early}`)
    .toHaveLength(1);
  const later = await run("late", "nothing and quickly", { sequence: 2 });
  await world.finished(early, 1);
  expect(await dropped("late")).toEqual([{ id: await lesionOf("late"), path: lesionPath, task: later.id }]);
});
