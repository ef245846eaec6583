import { createHttpClient, schedulerRoutes } from "@rollerblade/client";
import { hashToken } from "@rollerblade/service-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  showRun,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";

let world: SchedulerWorld;
let url: string;

beforeAll(async () => {
  world = await startSchedulerWorld();
  url = (await world.start({ cpus: 1 })).urls.scheduler ?? "";
  await createShellAnalysis(world, { name: "copy", script: copyScript });
  await createShellAnalysis(world, {
    name: "endless",
    script: "sleep 60",
    manifest: "resources: {cpu: 500m, timeout: 5m}",
  });
});
afterAll(() => world.stop());

const person = (name: string) => createHttpClient({ url, token: name });

const grant = async (name: string, kind: string, resource: string, role: string): Promise<void> => {
  await world.sql`insert into accounts.access_v1 values
    (${hashToken(name)}, ${name}, false, null, null, null), (${hashToken(name)}, ${name}, false, ${kind}, ${resource}, ${role})`;
};

test("a cancelled run ends at once, and what runs is ended too", async () => {
  const slices = await Promise.all([1, 2, 3, 4].map((n) => world.scan("cancel", `${n}`, `cancel ${n}`)));
  const run = await world.request("endless", slices);
  await expect
    .poll(async () => (await world.published("task.started")).filter((task) => task.run === run).length)
    .toBe(2);
  const status = await world.client().call(schedulerRoutes.cancelRun, { params: { id: run } });
  expect(status).toMatchObject({ state: "finished", counts: { total: 4, open: 0, cancelled: 4 } });
  await expect
    .poll(() => world.sql`select state from scheduler.executions where state in ('running', 'queued')`, {
      timeout: 10_000,
    })
    .toHaveLength(0);
  const [task] = await world.finished(await world.request("copy", slices.slice(0, 1)), 1);
  expect(task).toMatchObject({ outcome: "ran" });
});

test("cancelling one of two that share an execution leaves the other alone", async () => {
  await createShellAnalysis(world, { name: "slow", script: `sleep 1; ${copyScript}` });
  const slices = [await world.scan("two1", "01", "shared"), await world.scan("two2", "01", "shared")];
  const [first = "", second = ""] = await Promise.all(slices.map((slice) => world.request("slow", [slice])));
  await expect
    .poll(async () => (await world.published("task.started")).filter((task) => task.run === first).length)
    .toBe(1);
  await world.client().call(schedulerRoutes.cancelRun, { params: { id: first } });
  expect(await world.finished(second, 1)).toMatchObject([{ outcome: "ran" }]);
  expect(await world.finished(first, 1)).toMatchObject([{ outcome: "cancelled" }]);
});

test("what failed is tried again when somebody asks, under the same task", async () => {
  const script = `if [ -e ${world.folder}/works ]; then ${copyScript.trim()}; else exit 1; fi`;
  await createShellAnalysis(world, { name: "moody", script });
  const run = await world.request("moody", [await world.scan("retry", "01", "retry")]);
  const [failed] = await world.finished(run, 1);
  expect(failed).toMatchObject({ outcome: "failed" });
  await (await import("node:fs/promises")).writeFile(`${world.folder}/works`, "");
  const status = await world.client().call(schedulerRoutes.retryRun, { params: { id: run }, query: {} });
  expect(status).toMatchObject({ state: "open", counts: { total: 1, failed: 0 } });
  const [again] = await world.finished(run, 1);
  expect(again).toMatchObject({ id: failed?.id, outcome: "ran" });
  expect(await showRun(world, run)).toMatchObject({ state: "finished", counts: { ran: 1, failed: 0 } });
  const answers = (await world.published("task.finished")).filter(({ task }) => task === failed?.id);
  expect(answers.map(({ outcome, revision }) => [outcome, revision])).toEqual([
    ["failed", 1n],
    ["ran", 2n],
  ]);
});

test("interactive work overtakes a queue, and owners take turns", async () => {
  await createShellAnalysis(world, {
    name: "one-by-one",
    script: copyScript,
    manifest: "resources: {cpu: 1}\nretry: {attempts: 1}",
  });
  const gate = await world.request(
    "endless",
    await Promise.all([1, 2].map((n) => world.scan("gate", `${n}`, `gate ${n}`))),
  );
  await expect
    .poll(async () => (await world.published("task.started")).filter((task) => task.run === gate).length)
    .toBe(2);
  const slices = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => world.scan(name, `${n}`, `${name} ${n}`)));
  await Promise.all(["ann", "ben", "cat"].map((name) => grant(name, "analysis", "one-by-one", "runner")));
  await Promise.all(["ann", "ben", "cat"].map((name) => grant(name, "dataset", `of${name}`, "contributor")));
  const ann = await world.request("one-by-one", await slices("ofann", 3), { owner: "ann" });
  await expect.poll(() => world.sql`select from scheduler.executions where owner = 'ann'`).toHaveLength(3);
  const ben = await world.request("one-by-one", await slices("ofben", 2), { owner: "ben" });
  const cat = await world.request("one-by-one", await slices("ofcat", 1), { owner: "cat", priority: "interactive" });
  await expect.poll(() => world.sql`select from scheduler.executions where state = 'queued'`).toHaveLength(6);
  await world.client().call(schedulerRoutes.cancelRun, { params: { id: gate } });
  await Promise.all([world.finished(ann, 3), world.finished(ben, 2), world.finished(cat, 1)]);
  const rows = await world.sql<{ owner: string }[]>`
    select execution.owner from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution
    where execution.analysis = 'one-by-one' order by attempt.id`;
  const owners = rows.map(({ owner }) => owner);
  // Whose turn it is afterwards depends on whose attempt ends first.
  expect(owners.slice(0, 3)).toEqual(["cat", "ann", "ben"]);
  expect(owners.slice(3).toSorted()).toEqual(["ann", "ann", "ben"]);
});

test("whoever may not run an analysis or on a dataset is refused before the cache is asked", async () => {
  const slice = await world.scan("secret", "01", "secret");
  await world.finished(await world.request("copy", [slice]), 1);
  const reasonFor = async (owner: string): Promise<string | undefined> =>
    (await world.finished(await world.request("copy", [slice], { owner }), 1))[0]?.reason;
  expect(await reasonFor("eve")).toBe("eve may not run copy");
  await grant("eve", "analysis", "copy", "runner");
  expect(await reasonFor("eve")).toBe("eve may not run anything on secret");
  await grant("eve", "dataset", "secret", "viewer");
  expect(await reasonFor("eve")).toBe("eve may not run anything on secret");
  await grant("eve", "dataset", "secret", "runner");
  expect(await reasonFor("eve")).toBe("");
});

test("nobody sees tasks, executions or runs of what they may not read", async () => {
  const run = await world.request("copy", [await world.scan("hidden", "01", "hidden")]);
  const [task] = await world.finished(run, 1);
  await grant("mia", "dataset", "elsewhere", "viewer");
  const mia = person("mia");
  const ids = { task: { id: task?.id ?? "" }, run: { id: run }, execution: { id: task?.execution ?? "" } };
  expect((await mia.call(schedulerRoutes.listTasks, { query: { run } })).items).toEqual([]);
  expect((await mia.call(schedulerRoutes.listRuns, { query: {} })).items.map(({ id }) => id)).not.toContain(run);
  await expect(mia.call(schedulerRoutes.showTask, { params: ids.task })).rejects.toMatchObject({ code: "not-found" });
  await expect(mia.call(schedulerRoutes.showRun, { params: ids.run })).rejects.toMatchObject({ code: "not-found" });
  await expect(mia.call(schedulerRoutes.showExecution, { params: ids.execution })).rejects.toMatchObject({
    code: "not-found",
  });
  await grant("mia", "dataset", "hidden", "viewer");
  expect((await mia.call(schedulerRoutes.listTasks, { query: { run } })).items).toEqual([]);
  await grant("mia", "analysis", "copy", "viewer");
  expect((await mia.call(schedulerRoutes.listTasks, { query: { run } })).items).toHaveLength(1);
  await expect(mia.call(schedulerRoutes.cancelRun, { params: ids.run })).rejects.toMatchObject({ code: "forbidden" });
});

test("a version never changes", async () => {
  const folder = await createShellAnalysis(world, { name: "frozen", script: copyScript });
  const manifest = (more: string) => `
name: frozen
version: 1.0.0
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {copy: {name: "{entities}_desc-frozen_T1w.nii.gz", metadata: {SkullStripped: false}, content: any}}
resources: {cpu: 100m, memory: 64Mi, timeout: 20s}
retry: {attempts: 2}
${more}`;
  const create = (more: string) =>
    world.client().call(schedulerRoutes.createAnalysis, { body: { manifest: manifest(more), folder } });
  expect(await create("")).toMatchObject({ created: false });
  await expect(create("description: other")).rejects.toMatchObject({
    code: "conflict",
    message: "frozen 1.0.0 exists already, and its manifest differs.",
    next: "A version never changes: raise `version` in the manifest.",
  });
  const [event] = (await world.published("analysis.created")).filter(({ name }) => name === "frozen");
  expect(event).toMatchObject({ version: "1.0.0", code: expect.stringMatching(/^process:sha256:/) });
});

test("a name that no analysis has and a range that no version is in are told apart, by whoever asks", async () => {
  await createShellAnalysis(world, { name: "ranged", script: copyScript });
  const asks = [
    (name: string, version: string) =>
      world.client().call(schedulerRoutes.showAnalysis, { params: { name }, query: { version } }),
    (analysis: string, version: string) =>
      world.client().call(schedulerRoutes.createRun, { body: { analysis, version, query: "true" } }),
  ];
  for (const ask of asks) {
    await expect(ask("rangd", "*")).rejects.toMatchObject({ message: 'There is no analysis "rangd".' });
    await expect(ask("rangd", "^2")).rejects.toMatchObject({ message: 'There is no analysis "rangd".' });
    await expect(ask("ranged", "^2")).rejects.toMatchObject({ message: 'No version of "ranged" satisfies ^2.' });
  }
});

test("the same code in another place is the same version, and runs from there", async () => {
  const folder = await createShellAnalysis(world, { name: "moved", script: copyScript });
  const { cp, rm } = await import("node:fs/promises");
  await cp(folder, `${folder}-elsewhere`, { recursive: true });
  await rm(folder, { recursive: true });
  const [analysis] = await world.sql<{ source: string }[]>`select source from scheduler.analyses where name = 'moved'`;
  const body = { manifest: analysis?.source ?? "", folder: `${folder}-elsewhere` };
  expect(await world.client().call(schedulerRoutes.createAnalysis, { body })).toMatchObject({ created: false });
  const [task] = await world.finished(await world.request("moved", [await world.scan("moved", "01", "moved")]), 1);
  expect(task).toMatchObject({ outcome: "ran" });
});

test("faults of a manifest come back with file, field and reason", async () => {
  const body = { manifest: "name: x\nversion: 1", file: "x/analysis.yaml" };
  await expect(world.client().call(schedulerRoutes.createAnalysis, { body })).rejects.toMatchObject({
    code: "invalid",
    subject: "x/analysis.yaml",
    findings: expect.arrayContaining([{ where: "version", message: "must be a version such as 1.2.0" }]),
  });
});
