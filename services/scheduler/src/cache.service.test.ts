import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RequestedSlice } from "@rollerblade/analysis";
import { schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { insertRecords } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLocations } from "./locations/check-locations.ts";
import { writeChecks } from "./planning/read-known.ts";
import { locationsTable } from "./tables.gen.ts";
import {
  copyScript,
  createShellAnalysis,
  type RequestOptions,
  type SchedulerWorld,
  sha256Of,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";

let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  await createShellAnalysis(world, { name: "copy", script: copyScript });
  await createShellAnalysis(world, { name: "slow", script: `sleep 0.7; ${copyScript}` });
  await createShellAnalysis(world, {
    name: "shift",
    script: copyScript.replace("$0", "$ROLLERBLADE_IN/slice.json"),
  });
});
afterAll(() => world.stop());

const runOne = async (analysis: string, slice: RequestedSlice, options: RequestOptions = {}): Promise<TaskStatus> => {
  const [task] = await world.finished(await world.request(analysis, [slice], options), 1);
  if (task === undefined) throw new Error("There is no task.");
  return task;
};

const attempts = async (): Promise<number> => {
  const [row] = await world.sql<{ count: number }[]>`select count(*)::int as count from scheduler.attempts`;
  return row?.count ?? 0;
};

const place = (dataset: string, subject: string, analysis = "copy"): string =>
  `datasets/${dataset}/derivatives/${analysis}-1.0.0/sub-${subject}/anat/sub-${subject}_desc-${analysis}_T1w.nii.gz`;

test("asked again, everything is in place and nothing runs", async () => {
  const slice = await world.scan("again", "01", "again");
  const first = await runOne("copy", slice);
  const before = await attempts();
  const second = await runOne("copy", slice);
  expect(second).toMatchObject({ outcome: "in-place", derivatives: first.derivatives, key: first.key });
  expect(await attempts()).toBe(before);
});

test.each<[string, (sidecar: string, text: string) => Promise<void>]>([
  ["is gone", (sidecar) => rm(sidecar)],
  ["was cut", (sidecar, text) => writeFile(sidecar, text.slice(0, -3))],
  ["names another source in as many bytes", (sidecar, text) => writeFile(sidecar, text.replace("sub-", "bus-"))],
])("a sidecar that %s is written again, and nothing runs for it", async (how, alter) => {
  const slice = await world.scan("described", "01", `described, and ${how}`);
  await runOne("copy", slice);
  const sidecar = join(world.bucket, place("described", "01").replace(".nii.gz", ".json"));
  const text = await readFile(sidecar, "utf8");
  const before = await attempts();
  expect(await runOne("copy", slice)).toMatchObject({ outcome: "in-place" });
  await alter(sidecar, text);
  expect(await readFile(sidecar, "utf8").catch(() => "")).not.toBe(text);
  expect(await runOne("copy", slice)).toMatchObject({ outcome: "cached" });
  expect(await readFile(sidecar, "utf8")).toBe(text);
  expect(await attempts()).toBe(before);
  expect(await runOne("copy", slice)).toMatchObject({ outcome: "in-place" });
});

test("the same scan in another dataset is published there without running", async () => {
  await runOne("copy", await world.scan("here", "01", "twin"));
  const before = await attempts();
  expect(await runOne("copy", await world.scan("there", "99", "twin"))).toMatchObject({ outcome: "cached" });
  expect(await attempts()).toBe(before);
  expect(await world.objects.head(place("there", "99"))).not.toBeNull();
  const sidecar = await readFile(join(world.bucket, place("there", "99").replace(".nii.gz", ".json")), "utf8");
  expect(JSON.parse(sidecar)).toMatchObject({ Sources: ["bids:raw:sub-99/anat/sub-99_T1w.nii.gz"] });
});

test("two who want the same at once share one execution", async () => {
  const slices = [await world.scan("share1", "01", "shared"), await world.scan("share2", "02", "shared")];
  const before = await attempts();
  const runs = await Promise.all(slices.map((slice) => world.request("slow", [slice])));
  const tasks = (await Promise.all(runs.map((run) => world.finished(run, 1)))).flat();
  expect(tasks.map(({ outcome }) => outcome)).toEqual(["ran", "ran"]);
  expect(new Set(tasks.map(({ execution }) => execution)).size).toBe(1);
  expect(await attempts()).toBe(before + 1);
});

test("more slices of one content than are planned together share one execution", async () => {
  const content = "the same of very many";
  const slice = await world.scan("crowd", "0", content);
  const slices = Array.from({ length: 1_020 }, (_, at) => ({
    ...slice,
    slice: { ...slice.slice, subject: String(at) },
    entities: { sub: String(at) },
  }));
  const run = await world.request("slow", slices);
  const open = () => world.sql`select from scheduler.tasks where run = ${run} and state = 'open'`;
  const all = () => world.sql`select from scheduler.tasks where run = ${run}`;
  await expect.poll(async () => (await all()).length).toBe(slices.length);
  await expect.poll(async () => (await open()).length).toBe(0);
  expect(await world.sql`select distinct execution from scheduler.tasks where run = ${run}`).toHaveLength(1);
  await world.client().call(schedulerRoutes.cancelRun, { params: { id: run } });
});

test("two slices with the same content in one request share one execution", async () => {
  const slices = [await world.scan("both", "01", "same"), await world.scan("both", "02", "same")];
  const tasks = await world.finished(await world.request("copy", slices), 2);
  expect(new Set(tasks.map(({ execution }) => execution)).size).toBe(1);
  expect(tasks.map(({ outcome }) => outcome)).toEqual(["ran", "ran"]);
});

test.each<[string, string, (path: string) => Promise<unknown>]>([
  ["is gone everywhere", "ran", (path) => rm(path)],
  ["was changed by somebody", "ran", (path) => writeFile(path, "changed by hand, and longer than before")],
  ["was changed to the same size", "ran", async (path) => writeFile(path, (await readFile(path)).fill(0))],
  ["was only touched", "in-place", async (path) => writeFile(path, await readFile(path))],
])("when the only copy of an output %s, it is %s", async (title, outcome, change) => {
  const dataset = title.replaceAll(/[^a-z]/g, "");
  const slice = await world.scan(dataset, "01", `content of ${title}`);
  await runOne("copy", slice);
  await expect.poll(() => world.keys("staging")).toEqual([]);
  await change(join(world.bucket, place(dataset, "01")));
  expect(await runOne("copy", slice)).toMatchObject({ outcome });
  const content = await readFile(join(world.bucket, place(dataset, "01")), "utf8");
  expect(content).toContain(`content of ${title}`);
});

test("a copy elsewhere brings back what was lost", async () => {
  await runOne("copy", await world.scan("backup1", "01", "kept twice"));
  const slice = await world.scan("backup2", "01", "kept twice");
  await runOne("copy", slice);
  await rm(join(world.bucket, place("backup2", "01")));
  const before = await attempts();
  expect(await runOne("copy", slice)).toMatchObject({ outcome: "cached" });
  expect(await attempts()).toBe(before);
});

/** A slice whose container is shown an age. */
const aged = async (dataset: string, age: number): Promise<RequestedSlice> => {
  const slice = await world.scan(dataset, "01", `head of ${dataset}`);
  const inputs = slice.inputs.map((input) => ({
    ...input,
    members: input.members.map((member) => ({ ...member, reads: { "subject.age": age } })),
  }));
  return { ...slice, inputs };
};

const archived = (content: Buffer): string => sha256Of(content.toString()).slice("sha256:".length);

test("a corrected age takes the name, the older goes to the archive, and going back runs nothing", async () => {
  const key = place("ages", "01", "shift");
  expect(await runOne("shift", await aged("ages", 30), { sequence: 1 })).toMatchObject({ outcome: "ran" });
  const young = await readFile(join(world.bucket, key));
  expect(await runOne("shift", await aged("ages", 31), { sequence: 2 })).toMatchObject({ outcome: "ran" });
  const old = await readFile(join(world.bucket, key));
  expect(old.equals(young)).toBe(false);
  expect(await world.keys("archive/ages")).toEqual([archived(young)]);
  expect(await runOne("shift", await aged("ages", 30), { sequence: 3 })).toMatchObject({ outcome: "cached" });
  expect((await readFile(join(world.bucket, key))).equals(young)).toBe(true);
  expect(await world.keys("archive/ages")).toEqual([archived(young), archived(old)].sort());
  const events = (await world.published("derivative.created")).filter(
    ({ derivative }) => derivative?.dataset === "ages",
  );
  expect(events.map(({ inForce }) => inForce)).toEqual([true, true, true]);
  const sequences = events.map(({ derivative }) => derivative?.sequence ?? 0n);
  expect(sequences.toSorted((a, b) => Number(a - b))).toEqual(sequences);
});

test("an earlier decision that comes later goes to the archive only", async () => {
  const key = place("late", "01", "shift");
  await runOne("shift", await aged("late", 41), { sequence: 5 });
  const newer = await readFile(join(world.bucket, key));
  const late = await runOne("shift", await aged("late", 40), { sequence: 4 });
  expect(late).toMatchObject({ outcome: "ran" });
  expect((await readFile(join(world.bucket, key))).equals(newer)).toBe(true);
  expect(await world.keys("archive/late")).toHaveLength(1);
  const events = (await world.published("derivative.created")).filter(
    ({ derivative }) => derivative?.dataset === "late",
  );
  expect(events.map(({ inForce }) => inForce)).toEqual([true, false]);
});

test("a name that another slice holds is refused", async () => {
  const slice = await world.scan("taken", "01", "the first");
  await runOne("copy", slice);
  const path = "sub-01/anat/sub-01_rec-x_T1w.nii.gz";
  const other: RequestedSlice = { ...(await world.scan("taken", "02", "the second")), entities: { sub: "01" } };
  const task = await runOne("copy", { ...other, slice: { ...other.slice, scan: path } });
  expect(task.outcome).toBe("failed");
  expect(task.reason).toMatch(/the name derivatives\/copy-1\.0\.0\/sub-01\/.* is taken by copy of copy 1\.0\.0/);
});

test("a name at which somebody put a file is refused", async () => {
  await world.objects.put(place("foreign", "01"), Buffer.from("mine"));
  const task = await runOne("copy", await world.scan("foreign", "01", "theirs"));
  expect(task).toMatchObject({ outcome: "failed" });
  expect(task.reason).toMatch(/is taken by a file that was not made here/);
  expect(await readFile(join(world.bucket, place("foreign", "01")), "utf8")).toBe("mine");
});

test("what a check found of a content says nothing of another one that was published there meanwhile", async () => {
  const object = "datasets/checked/derivatives/copy/sub-01_T1w.nii.gz";
  const [former, published] = [sha256Of("former"), sha256Of("published")];
  await world.objects.put(object, Buffer.from("changed"));
  const row = { object, size: 7, kind: "published", dataset: "checked", modified: 1 } as const;
  const checks = await checkLocations(world.objects, [{ ...row, sha256: former }]);
  await insertRecords(world.sql, locationsTable, [{ ...row, sha256: published, modified: 2 }]);
  const stored = () => world.sql`select sha256, modified from scheduler.locations where object = ${object}`;
  await writeChecks(world.sql, [...checks.values()]);
  await writeChecks(world.sql, [{ object, sha256: former, held: true, modified: 3 }]);
  expect(await stored()).toEqual([{ sha256: published, modified: 2 }]);
  await writeChecks(world.sql, [{ object, sha256: published, held: false, modified: null }]);
  expect(await stored()).toEqual([]);
});

test("a request that was answered is answered again, and does nothing else", async () => {
  const slice = await world.scan("repeat", "01", "repeated");
  const decisions = [newEventId()];
  const task = await runOne("copy", slice, { decisions });
  const run = await world.request("copy", [slice], { decisions });
  const answers = async () =>
    (await world.published("task.finished"))
      .filter(({ decision }) => decision === decisions[0])
      .map(({ task: id }) => id);
  await expect.poll(answers).toEqual([task.id, task.id]);
  const { items } = await world.client().call(schedulerRoutes.listTasks, { query: { run } });
  expect(items).toEqual([]);
});

test("a later decision for a slice drops the earlier one that still waits", async () => {
  const blocker = await world.request(
    "slow",
    await Promise.all([1, 2, 3].map((n) => world.scan("block", `${n}`, `block ${n}`))),
  );
  await createShellAnalysis(world, {
    name: "large",
    script: copyScript,
    manifest: "resources: {cpu: 10000, memory: 64Mi}",
  });
  const first = await world.request("large", [await aged("drop", 1)], { sequence: 1 });
  await expect.poll(async () => (await world.published("run.started")).some(({ run }) => run === first)).toBe(true);
  const second = await world.request("large", [await aged("drop", 2)], { sequence: 2 });
  const [[older], [newer]] = await Promise.all([world.finished(first, 1), world.finished(second, 1)]);
  expect(newer).toMatchObject({ outcome: "ran" });
  expect(["superseded", "ran"]).toContain(older?.outcome);
  await world.finished(blocker, 3);
});

test("parameters that differ from the defaults get a folder of their own", async () => {
  await createShellAnalysis(world, {
    name: "tuned",
    script: copyScript,
    manifest: "resources: {cpu: 100m}\nparameters: {properties: {level: {type: number, default: 1}}}",
  });
  const slice = await world.scan("tuned", "01", "tuned");
  await runOne("tuned", slice);
  await runOne("tuned", slice, { parameters: { level: 2 } });
  const folders = new Set((await world.keys("datasets/tuned/derivatives")).map((path) => path.split("/")[0]));
  expect([...folders].sort()).toEqual([
    expect.stringMatching(/^tuned-1\.0\.0$/),
    expect.stringMatching(/^tuned-1\.0\.0\+[0-9a-f]{8}$/),
  ]);
  expect(await runOne("tuned", slice)).toMatchObject({ outcome: "in-place" });
  const refused = await runOne("tuned", slice, { parameters: { lavel: 2 } });
  expect(refused.reason).toMatch(/lavel is not a parameter; did you mean "level"\?/);
});
