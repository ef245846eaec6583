import { createHttpClient, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { insertGrant } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";

/** Who sees which runs, tasks, executions and logs: ann ran everything, ben only reads. */
let world: SchedulerWorld;
let url: string;

beforeAll(async () => {
  world = await startSchedulerWorld({ ROLLERBLADE_CACHE: "global" });
  url = (await world.start()).urls.scheduler ?? "";
  await createShellAnalysis(world, { name: "copy", script: copyScript });
  await createShellAnalysis(world, { name: "private", script: copyScript });
  for (const analysis of ["copy", "private"]) await grant("ann", "analysis", analysis, "runner");
  for (const dataset of ["anns", "shared", "second"]) await grant("ann", "dataset", dataset, "contributor");
  await grant("ben", "analysis", "copy", "viewer");
  for (const dataset of ["shared", "bens"]) await grant("ben", "dataset", dataset, "contributor");
});
afterAll(() => world.stop());

const grant = (person: string, kind: "dataset" | "analysis" | "pipeline", resource: string, role: string) =>
  insertGrant(world.sql, { principal: person, on: { kind, resource, role } });

const as = (name: string) => createHttpClient({ url, token: name });

const runAs = async (owner: string, analysis: string, dataset: string, content: string): Promise<TaskStatus> => {
  const run = await world.request(analysis, [await world.scan(dataset, "01", content)], { owner });
  const [task] = await world.finished(run, 1);
  if (task === undefined) throw new Error("There is no task.");
  return task;
};

const seenRuns = async (name: string): Promise<string[]> =>
  (await as(name).call(schedulerRoutes.listRuns, { query: {} })).items.map(({ id }) => id);

const notFound = { code: "not-found" };

test("a run without tasks, or whose slices are still being collected, is its owner's only", async () => {
  const columns = { analysis: "copy", version: "1.0.0", owner: "ann", query: 'subject.label == "JaneDoe"' };
  const empty = "01890000-0000-7000-8000-000000000001";
  const collecting = "01890000-0000-7000-8000-000000000002";
  for (const [id, state, datasets] of [
    [empty, "finished", []],
    [collecting, "collecting", ["shared"]],
  ] as const)
    await world.sql`
      insert into scheduler.runs (id, analysis, version, parameters, priority, owner, query, state, datasets)
      values (${id}, ${columns.analysis}, ${columns.version}, '{}', 'interactive', ${columns.owner}, ${columns.query}, ${state},
        ${[...datasets]}::text[])`;
  expect(await seenRuns("ann")).toEqual(expect.arrayContaining([empty, collecting]));
  expect(await seenRuns("ben")).toEqual([]);
  for (const id of [empty, collecting]) {
    await expect(as("ben").call(schedulerRoutes.showRun, { params: { id } })).rejects.toMatchObject(notFound);
    await expect(as("ben").call(schedulerRoutes.cancelRun, { params: { id } })).rejects.toMatchObject(notFound);
  }
  await world.sql`delete from scheduler.runs where id = any(${[empty, collecting]}::uuid[])`;
});

test("what was made by an analysis that somebody may not read is not there for them", async () => {
  const open = await runAs("ann", "copy", "shared", "one head");
  const hidden = await runAs("ann", "private", "shared", "one head");
  const tasks = await as("ben").call(schedulerRoutes.listTasks, { query: { dataset: "shared" } });
  expect(tasks.items.map(({ id }) => id)).toEqual([open.id]);
  expect(await seenRuns("ben")).toEqual([open.run]);
  const ids = { id: hidden.id };
  await expect(as("ben").call(schedulerRoutes.showTask, { params: ids })).rejects.toMatchObject(notFound);
  const id = hidden.execution ?? "";
  await expect(as("ben").call(schedulerRoutes.showExecution, { params: { id } })).rejects.toMatchObject(notFound);
  const log = { params: { id, number: 1 } };
  await expect(as("ben").call(schedulerRoutes.showLog, log)).rejects.toMatchObject(notFound);
  expect(await as("ann").call(schedulerRoutes.showExecution, { params: { id } })).toMatchObject({ id });
});

test("the document that asked for a run is named only to who may read it", async () => {
  const { run } = await runAs("ann", "copy", "shared", "a head of a rule");
  const show = async (name: string) => as(name).call(schedulerRoutes.showRun, { params: { id: run } });
  expect(await show("ann")).toMatchObject({ document: "document", rule: "rule" });
  expect(await show("ben")).toMatchObject({ document: null, rule: null, owner: "ann" });
  const asked = { query: { document: "document" } };
  expect((await as("ben").call(schedulerRoutes.listRuns, asked)).items).toEqual([]);
  await grant("ben", "pipeline", "document", "viewer");
  expect(await show("ben")).toMatchObject({ document: "document", rule: "rule" });
  expect((await as("ben").call(schedulerRoutes.listRuns, asked)).items.map(({ id }) => id)).toContain(run);
  // Another document has the name since, of which ben may know.
  await world.sql`
    update accounts.access_v1 set begun_at = now() where principal = 'ben' and kind = 'pipeline' and resource = 'document'`;
  expect(await show("ben")).toMatchObject({ document: null, rule: null });
  expect((await as("ben").call(schedulerRoutes.listRuns, asked)).items).toEqual([]);
});

test("a cached result does not tell who had it before", async () => {
  const first = await runAs("ann", "copy", "anns", "the same head");
  await grant("ben", "analysis", "copy", "runner");
  const second = await runAs("ben", "copy", "bens", "the same head");
  expect(second).toMatchObject({ outcome: "cached", execution: first.execution });
  const shown = await as("ben").call(schedulerRoutes.showTask, { params: { id: second.id } });
  expect(shown).toMatchObject({ outcome: "cached", execution: null, history: null });
  const own = await as("ann").call(schedulerRoutes.showTask, { params: { id: first.id } });
  expect(own.history).toMatchObject({ id: first.execution });
});

test("a task that is made from several datasets is for who may read all of them", async () => {
  const slice = await world.scan("shared", "02", "half");
  const other = await world.scan("second", "02", "other half");
  const inputs = [...slice.inputs, ...other.inputs.map((input) => ({ ...input, name: "other" }))];
  const run = await world.request("copy", [{ ...slice, inputs }], { owner: "ann" });
  const [task] = await world.finished(run, 1);
  await expect(as("ben").call(schedulerRoutes.showTask, { params: { id: task?.id ?? "" } })).rejects.toMatchObject(
    notFound,
  );
  expect(await seenRuns("ben")).not.toContain(run);
  expect(await seenRuns("ann")).toContain(run);
});

test("whoever takes a name anew sees nothing of what had it before, also when that comes late", async () => {
  const before = await runAs("ann", "copy", "shared", "former head");
  await world.sql`
    update accounts.access_v1 set begun_at = now() where principal = 'ben' and kind = 'dataset' and resource = 'shared'`;
  expect(await seenRuns("ben")).not.toContain(before.run);
  expect((await as("ben").call(schedulerRoutes.listTasks, { query: { dataset: "shared" } })).items).toEqual([]);
  await expect(as("ben").call(schedulerRoutes.showTask, { params: { id: before.id } })).rejects.toMatchObject(notFound);
  const execution = { params: { id: before.execution ?? "" } };
  await expect(as("ben").call(schedulerRoutes.showExecution, execution)).rejects.toMatchObject(notFound);
  // Decided an hour ago: a UUIDv7 begins with its time.
  const hex = (Date.now() - 3_600_000).toString(16).padStart(12, "0");
  const late = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
  const slice = await world.scan("shared", "03", "late head");
  await world.finished(await world.request("copy", [slice], { owner: "ann", decisions: [late] }), 1);
  expect((await as("ben").call(schedulerRoutes.listTasks, { query: { dataset: "shared" } })).items).toEqual([]);
  const after = await runAs("ann", "copy", "shared", "new head");
  expect((await as("ben").call(schedulerRoutes.listTasks, { query: { dataset: "shared" } })).items).toMatchObject([
    { id: after.id },
  ]);
});
