import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RequestedSlice } from "@rollerblade/analysis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { crashPoints } from "./crash-points.ts";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  sha256Of,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";
import { startProcess } from "./testing/start-process.ts";

let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  await createShellAnalysis(world, { name: "show", script: copyScript.replace("$0", "$ROLLERBLADE_IN/slice.json") });
  await world.halt();
});
afterEach(() => world.halt());
afterAll(() => world.stop());

const aged = async (dataset: string, age: number): Promise<RequestedSlice> => {
  const slice = await world.scan(dataset, "01", `head of ${dataset}`);
  const inputs = slice.inputs.map((input) => ({
    ...input,
    members: input.members.map((member) => ({ ...member, reads: { "subject.age": age } })),
  }));
  return { ...slice, inputs };
};

const name = (dataset: string): string =>
  join(world.bucket, `datasets/${dataset}/derivatives/show-1.0.0/sub-01/anat/sub-01_desc-show_T1w.nii.gz`);

test.each(crashPoints.filter((point) => point !== "withdrawal.removed" && !point.startsWith("job.")))(
  "killed at %s, it ends as if it had never been",
  async (point) => {
    const dataset = point.replace(".", "");
    await world.start();
    await world.finished(await world.request("show", [await aged(dataset, 30)], { sequence: 1 }), 1);
    const young = await readFile(name(dataset));
    await expect.poll(() => world.keys("staging")).toEqual([]);
    await world.halt();

    const doomed = await startProcess(world, point);
    const run = await world.request("show", [await aged(dataset, 31)], { sequence: 2 });
    expect(await doomed.ended()).toBe("SIGKILL");

    await world.start();
    const [task] = await world.finished(run, 1);
    expect(task).toMatchObject({ outcome: "ran" });
    expect(await readFile(name(dataset), "utf8")).toContain('"subject.age":31');
    expect(await world.keys(`archive/${dataset}`)).toEqual([sha256Of(young.toString()).slice("sha256:".length)]);
    const created = (await world.published("derivative.created")).filter(
      ({ derivative }) => derivative?.dataset === dataset,
    );
    expect(created).toHaveLength(2);
    expect((await world.published("task.finished")).filter((event) => event.run === run)).toHaveLength(1);
    expect((await world.published("run.finished")).filter((event) => event.run === run)).toHaveLength(1);
    const provenance = `datasets/${dataset}/derivatives/show-1.0.0/.rollerblade/provenance.jsonl`;
    await expect
      .poll(async () =>
        (await readFile(join(world.bucket, provenance), "utf8"))
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line)),
      )
      .toMatchObject([{ key: task?.key }]);
    await expect.poll(() => world.keys("staging")).toEqual([]);
    await expect.poll(() => world.sql`select from scheduler.intents`).toEqual([]);
    const [leftovers] = await world.sql`
      select count(*) filter (where intent is not null)::int as held from scheduler.names`;
    expect(leftovers).toEqual({ held: 0 });
  },
);

test("killed while a command runs, the command is ended and the attempt does not count", async () => {
  const marker = join(world.folder, "begun");
  await world.start();
  await createShellAnalysis(world, {
    name: "long",
    script: `if [ -e ${marker} ]; then ${copyScript.trim()}; else touch ${marker}; sleep 7777; fi`,
    manifest: "resources: {cpu: 100m}\nretry: {attempts: 1}",
  });
  await world.halt();
  const doomed = await startProcess(world);
  const run = await world.request("long", [await world.scan("long", "01", "long")]);
  await expect.poll(() => readFile(marker).catch(() => null), { timeout: 20_000 }).not.toBeNull();
  doomed.process.kill("SIGKILL");
  await doomed.ended();
  await world.start();
  expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
  const attempts = await world.sql`
    select attempt.outcome, attempt.counted from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution
    where execution.analysis = 'long' order by number`;
  expect(attempts).toEqual([
    { outcome: "lost", counted: false },
    { outcome: "succeeded", counted: true },
  ]);
  await expect.poll(() => sleepers()).toEqual([]);
});

const sleepers = async (): Promise<string[]> => {
  const { stdout } = await import("node:child_process").then(({ spawnSync }) => spawnSync("ps", ["-eo", "args"]));
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line.startsWith("sleep 7777"));
};

test("stopped gracefully, it hands over what it has in hand", async () => {
  const marker = join(world.folder, "handed-over");
  await world.start();
  await createShellAnalysis(world, {
    name: "handed",
    script: `if [ -e ${marker} ]; then ${copyScript.trim()}; else touch ${marker}; sleep 60; fi`,
    manifest: "resources: {cpu: 100m}\nretry: {attempts: 1}",
  });
  const run = await world.request("handed", [await world.scan("handed", "01", "handed")]);
  await expect.poll(() => readFile(marker).catch(() => null), { timeout: 20_000 }).not.toBeNull();
  await world.halt();
  await world.start();
  expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
});

test("two replicas share the work, and publish nothing twice", async () => {
  await Promise.all([world.start(), world.start()]);
  await createShellAnalysis(world, {
    name: "nap",
    script: `sleep 0.1; ${copyScript}`,
    manifest: "resources: {cpu: 500m}",
  });
  const slices = await Promise.all(Array.from({ length: 40 }, (_, n) => world.scan("pair", `${n}`, `pair ${n}`)));
  const tasks = await world.finished(await world.request("nap", slices), 40);
  expect(tasks.map(({ outcome }) => outcome)).toEqual(Array(40).fill("ran"));
  const owners = await world.sql`
    select distinct lease_owner from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution where execution.analysis = 'nap'`;
  expect(owners).toHaveLength(2);
  const created = (await world.published("derivative.created")).filter(
    ({ derivative }) => derivative?.dataset === "pair",
  );
  expect(new Set(created.map(({ derivative }) => derivative?.path)).size).toBe(40);
  expect(created).toHaveLength(40);
});

test("a replica that is killed leaves its work to the other one", async () => {
  await world.start({ cpus: 0.5 });
  const doomed = await startProcess(world);
  await createShellAnalysis(world, {
    name: "naps",
    script: `sleep 0.5; ${copyScript}`,
    manifest: "resources: {cpu: 500m}",
  });
  const slices = await Promise.all(Array.from({ length: 12 }, (_, n) => world.scan("killed", `${n}`, `killed ${n}`)));
  const run = await world.request("naps", slices);
  await expect
    .poll(() => world.sql`select from scheduler.tasks where run = ${run} and state = 'final'`, { timeout: 20_000 })
    .not.toHaveLength(0);
  doomed.process.kill("SIGKILL");
  const tasks = await world.finished(run, 12);
  expect(tasks.map(({ outcome }) => outcome)).toEqual(Array(12).fill("ran"));
  expect(
    (await world.published("derivative.created")).filter(({ derivative }) => derivative?.dataset === "killed"),
  ).toHaveLength(12);
});
