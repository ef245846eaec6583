import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RequestedSlice } from "@rollerblade/analysis";
import { newEventId } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";
import { startProcess } from "./testing/start-process.ts";

let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  await createShellAnalysis(world, { name: "show", script: copyScript.replace("$0", "$ROLLERBLADE_IN/slice.json") });
  await createShellAnalysis(world, { name: "slow", script: `sleep 1; ${copyScript}` });
});
afterAll(() => world.stop());

const aged = async (dataset: string, subject: string, age: number): Promise<RequestedSlice> => {
  const slice = await world.scan(dataset, subject, `head of ${dataset} ${subject}`);
  const inputs = slice.inputs.map((input) => ({
    ...input,
    members: input.members.map((member) => ({ ...member, reads: { "subject.age": age } })),
  }));
  return { ...slice, inputs };
};

const withdrawn = async (dataset: string, path: string) => {
  const derivative = (await world.published("derivative.created")).findLast(
    (event) => event.derivative?.dataset === dataset && event.derivative.path === path,
  )?.derivative;
  await world.publish("derivative.withdrawn", {
    id: derivative?.id ?? "",
    dataset,
    path,
    sha256: derivative?.sha256 ?? "",
    reason: "the test says so",
    revision: 2n,
  });
};

const rows = async (table: string, dataset: string) =>
  world.sql`select from ${world.sql(`scheduler.${table}`)} where dataset = ${dataset}`;

test("a deleted subject takes everything of it along, the archive included, and leaves the others", async () => {
  for (const [sequence, age] of [30, 31].entries()) {
    const slices = [await aged("gone", "01", age), await aged("gone", "02", age)];
    await world.finished(await world.request("show", slices, { sequence }), 2);
  }
  expect(await world.keys("archive/gone")).toHaveLength(2);
  await world.publish("subject.deleted", { dataset: "gone", subject: "01", deleter: "ada" });
  const left = () => world.keys("datasets/gone/derivatives");
  await expect.poll(async () => (await left()).filter((path) => path.includes("sub-01"))).toEqual([]);
  expect((await left()).filter((path) => path.includes("sub-02"))).toHaveLength(2);
  await expect.poll(() => world.keys("archive/gone")).toHaveLength(1);
  await expect.poll(() => rows("derivatives", "gone")).toHaveLength(2);
});

test("what tasks and logs held of a deleted subject is forgotten, and nothing of the others", async () => {
  await createShellAnalysis(world, { name: "chatty", script: `echo this is the head of somebody; ${copyScript}` });
  await createShellAnalysis(world, { name: "failing", script: "echo somebody cannot be used >&2; exit 65" });
  for (const analysis of ["chatty", "failing"]) {
    const slices = [
      await world.scan("forget", "01", `${analysis} 1`),
      await world.scan("forget", "02", `${analysis} 2`),
    ];
    await world.finished(await world.request(analysis, slices), 2);
  }
  const before = await world.keys("logs");
  expect(before).toHaveLength(4);
  await world.publish("subject.deleted", { dataset: "forget", subject: "01", deleter: "ada" });
  await expect.poll(() => world.keys("logs")).toHaveLength(2);
  const tasks = await world.sql`
    select slice ->> 'subject' as subject, requested is null as forgotten, reason = '' as silent
    from scheduler.tasks where dataset = 'forget' order by analysis, subject`;
  expect(tasks).toEqual([
    { subject: "01", forgotten: true, silent: true },
    { subject: "02", forgotten: false, silent: true },
    { subject: "01", forgotten: true, silent: true },
    { subject: "02", forgotten: false, silent: false },
  ]);
  await expect
    .poll(
      () => world.sql`
      select from scheduler.attempts as attempt join scheduler.executions as execution on execution.id = attempt.execution
      where execution.analysis = 'failing' and attempt.reason <> ''`,
    )
    .toHaveLength(1);
});

test("a withdrawn dataset leaves no file and no row", async () => {
  await world.finished(await world.request("show", [await aged("whole", "01", 1), await aged("whole", "02", 1)]), 2);
  await world.publish("dataset.deleted", { dataset: "whole", deleter: "ada" });
  await expect.poll(() => world.keys("datasets/whole/derivatives")).toEqual([]);
  await expect.poll(() => rows("names", "whole")).toEqual([]);
  await expect.poll(() => rows("locations", "whole")).toEqual([]);
});

test("a withdrawn derivative is gone, and can be made again", async () => {
  const slice = await aged("again", "01", 1);
  const [first] = await world.finished(await world.request("show", [slice]), 1);
  const path = "derivatives/show-1.0.0/sub-01/anat/sub-01_desc-show_T1w.nii.gz";
  await expect.poll(() => world.keys("staging")).toEqual([]);
  await withdrawn("again", path);
  await expect.poll(() => world.objects.head(`datasets/again/${path}`)).toBeNull();
  await expect.poll(() => rows("derivatives", "again")).toEqual([]);
  const [second] = await world.finished(await world.request("show", [slice], { sequence: 2 }), 1);
  expect(second).toMatchObject({ outcome: "ran", key: first?.key });
  expect(await world.objects.head(`datasets/again/${path}`)).not.toBeNull();
});

test("work that waits or runs for what is gone is stopped, and publishes nothing", async () => {
  const run = await world.request("slow", [await world.scan("stop", "01", "stop")]);
  await expect.poll(async () => (await world.published("task.started")).some((task) => task.run === run)).toBe(true);
  await world.publish("subject.deleted", { dataset: "stop", subject: "01", deleter: "ada" });
  const [task] = await world.finished(run, 1);
  expect(task).toMatchObject({ outcome: "cancelled", reason: "what it is made from was withdrawn" });
  await expect.poll(() => world.sql`select from scheduler.executions where state = 'running'`).toEqual([]);
  expect(await world.keys("datasets/stop/derivatives")).toEqual([]);
});

test("a request that was decided before the withdrawal and comes after it does nothing", async () => {
  await world.finished(await world.request("show", [await aged("other", "01", 1)]), 1);
  const decisions = [newEventId()];
  // The id holds its time in milliseconds: the withdrawal comes in a later one.
  const decidedAt = Date.now();
  await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(decidedAt);
  await world.publish("scan.withdrawn", {
    dataset: "early",
    path: "sub-01/anat/sub-01_T1w.nii.gz",
    subject: "01",
    revision: 2n,
  });
  await expect.poll(() => rows("tombstones", "early")).toHaveLength(1);
  const [late] = await world.finished(await world.request("show", [await aged("early", "01", 1)], { decisions }), 1);
  expect(late).toMatchObject({ outcome: "cancelled" });
  const [anew] = await world.finished(await world.request("show", [await aged("early", "01", 1)], { sequence: 2 }), 1);
  expect(anew).toMatchObject({ outcome: "ran" });
});

test.each(["publish.intended", "publish.described", "publish.copied"] as const)(
  "withdrawn after a kill at %s, what was put is taken back",
  async (point) => {
    await world.stop();
    world = await startSchedulerWorld();
    await world.start();
    await createShellAnalysis(world, { name: "show", script: copyScript });
    await world.halt();
    const doomed = await startProcess(world, point);
    const run = await world.request("show", [await world.scan("undo", "01", "undo")]);
    expect(await doomed.ended()).toBe("SIGKILL");
    await world.publish("subject.deleted", { dataset: "undo", subject: "01", deleter: "ada" });
    // Held back until the tombstone is there, as a publication would be that is under way elsewhere.
    await world.sql`update scheduler.tasks set lease_owner = 'elsewhere', lease_until = now() + interval '1 hour'`;
    await world.start();
    await expect.poll(() => world.sql`select from scheduler.intents where stopped`).toHaveLength(1);
    await world.sql`update scheduler.tasks set lease_until = now()`;
    const [task] = await world.finished(run, 1);
    expect(task).toMatchObject({ outcome: "cancelled" });
    await expect.poll(() => world.keys("datasets/undo/derivatives/show-1.0.0/sub-01")).toEqual([]);
    expect(await world.published("derivative.created")).toEqual([]);
    await expect.poll(() => world.keys("staging")).toEqual([]);
  },
);

test("killed while it removes, it goes on", async () => {
  await world.stop();
  world = await startSchedulerWorld();
  await world.start();
  await createShellAnalysis(world, { name: "show", script: copyScript });
  await world.finished(await world.request("show", [await world.scan("removed", "01", "x")]), 1);
  await world.halt();
  const doomed = await startProcess(world, "withdrawal.removed");
  await world.publish("dataset.deleted", { dataset: "removed", deleter: "ada" });
  expect(await doomed.ended()).toBe("SIGKILL");
  await world.start();
  await expect.poll(() => rows("derivatives", "removed")).toEqual([]);
  await expect.poll(() => world.keys("datasets/removed/derivatives")).toEqual([]);
  const isThere = () =>
    access(join(world.bucket, "datasets/removed/derivatives")).then(
      () => true,
      () => false,
    );
  await expect.poll(isThere).toBe(false);
});

test.for([
  ["a subject whose label stands in them", "subject.erased"],
  ["the dataset that it worked on", "dataset.erased"],
] as const)("the run of a rule keeps its parameters when %s is erased, since it goes on", async ([, topic]) => {
  const dataset = topic.replace(".", "-");
  await createShellAnalysis(world, {
    name: dataset,
    script: copyScript,
    manifest:
      "parameters: {type: object, properties: {who: {type: string, default: nobody}, scale: {type: number, default: 2}}}",
  });
  const parameters = { who: "01" };
  const run = await world.request(dataset, [await world.scan(dataset, "01", "head of 01")], { parameters });
  await world.finished(run, 1);
  if (topic === "subject.erased") await world.publish(topic, { dataset, subject: "01" });
  else await world.publish(topic, { dataset });
  await expect
    .poll(() => world.sql`select from scheduler.tasks where run = ${run} and slice_key like 'erased/%'`)
    .toHaveLength(1);
  await world.request(dataset, [await world.scan(dataset, "02", "head of 02")], { run, parameters });
  await world.finished(run, 2);
  const executions = await world.sql<{ parameters: unknown }[]>`
    select execution.parameters from scheduler.tasks as task join scheduler.executions as execution on execution.id = task.execution
    where task.run = ${run} and task.slice ->> 'subject' = '02'`;
  expect(executions.map((execution) => execution.parameters)).toEqual([{ who: "01", scale: 2 }]);
});

test("the run of a person that goes on loses its query when somebody is erased, and its parameters when it ends", async () => {
  const gate = join(world.folder, "erasure-gate");
  await createShellAnalysis(world, {
    name: "ordered",
    script: `grep -q "head of 02" "$ROLLERBLADE_IN/t1w.nii.gz" && until [ -e ${gate} ]; do sleep 0.05; done; ${copyScript}`,
    manifest: "parameters: {type: object, properties: {who: {type: string, default: nobody}}}",
  });
  const slices = [await world.scan("ordered", "01", "head of 01"), await world.scan("ordered", "02", "head of 02")];
  const run = await world.request("ordered", slices, { parameters: { who: "01" } });
  const orders = () => world.sql`select state, query, parameters from scheduler.runs where id = ${run}`;
  const isFinal = world.sql`run = ${run} and state = 'final'`;
  await expect.poll(() => world.sql`select from scheduler.tasks where ${isFinal}`).toHaveLength(1);
  // As `createRun` leaves it: no document asks for it, but a query.
  const query = 'subject.label in ["01", "02"]';
  await world.sql`update scheduler.runs set document = null, rule = null, query = ${query} where id = ${run}`;
  await world.publish("subject.erased", { dataset: "ordered", subject: "01" });
  await expect.poll(orders).toEqual([{ state: "open", query: "", parameters: { who: "01" } }]);
  await world.publish("subject.erased", { dataset: "ordered", subject: "01" });
  await writeFile(gate, "");
  const tasks = await world.finished(run, 2);
  expect(tasks.map(({ outcome }) => outcome)).toEqual(["ran", "ran"]);
  await expect.poll(orders).toEqual([{ state: "finished", query: "", parameters: {} }]);
  await expect
    .poll(() => world.sql`select distinct parameters from scheduler.executions where analysis = 'ordered'`)
    .toEqual([{ parameters: {} }]);
});

test("a query that is still needed to collect slices is erased when they are collected", async () => {
  const run = await world.request("show", [await world.scan("collected", "01", "head")]);
  await world.finished(run, 1);
  const query = 'subject.label != "01"';
  await world.sql`
    update scheduler.runs set document = null, rule = null, query = ${query}, state = 'collecting' where id = ${run}`;
  const orders = () => world.sql`select query, erased_at_end from scheduler.runs where id = ${run}`;
  await world.publish("subject.erased", { dataset: "collected", subject: "01" });
  await expect.poll(orders).toEqual([{ query, erasedAtEnd: ["query"] }]);
  await world.sql`update scheduler.runs set state = 'finished' where id = ${run}`;
  await expect.poll(orders).toEqual([{ query: "", erasedAtEnd: [] }]);
});
