import { readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { schedulerRoutes } from "@rollerblade/client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
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
});
afterEach(() => world.halt());
afterAll(() => world.stop());

const attemptsOf = (analysis: string) =>
  world.sql`
    select attempt.outcome, attempt.counted from scheduler.attempts as attempt
    join scheduler.executions as execution on execution.id = attempt.execution
    where execution.analysis = ${analysis} order by number`;

const runningRows = async () => ({
  attempts: await world.sql`select from scheduler.attempts where state = 'running'`,
  executions: await world.sql`select from scheduler.executions where state = 'running'`,
});

const exists = (path: string) =>
  readFile(path).then(
    () => true,
    () => false,
  );

test.each([
  ["ends", "kill -9 $PPID; sleep 60"],
  ["asks to end", "kill $PPID; sleep 60"],
])(
  "a command that %s its parent fails as often as any other, and takes no other attempt with it",
  async (how, script) => {
    const [poison, bystander] = [`poison-${how.replaceAll(" ", "-")}`, `bystander-${how.replaceAll(" ", "-")}`];
    await world.start();
    const begun = join(world.folder, `${bystander}-begun`);
    const over = join(world.folder, `${bystander}-over`);
    await createShellAnalysis(world, {
      name: bystander,
      script: `touch ${begun}; while [ ! -e ${over} ]; do sleep 0.1; done; ${copyScript}`,
      manifest: "resources: {cpu: 100m, memory: 64Mi}\nretry: {attempts: 1}",
    });
    await createShellAnalysis(world, {
      name: poison,
      script,
      manifest: "resources: {cpu: 100m, memory: 64Mi}\nretry: {attempts: 3}",
    });
    const waiting = await world.request(bystander, [await world.scan("ds", "1", poison)]);
    await expect.poll(() => exists(begun)).toBe(true);
    const [task] = await world.finished(await world.request(poison, [await world.scan("ds", "2", poison)]), 1);
    expect(task).toMatchObject({ outcome: "failed" });
    expect(task?.reason).toMatch(
      /the process that watches the command was ended .*by the command \(after 3 attempts\)/,
    );
    expect(await attemptsOf(poison)).toEqual(Array(3).fill({ outcome: "failed", counted: true }));
    await writeFile(over, "");
    expect(await world.finished(waiting, 1)).toMatchObject([{ outcome: "ran" }]);
    expect(await attemptsOf(bystander)).toEqual([{ outcome: "succeeded", counted: true }]);
  },
);

test("an attempt whose slice was forgotten when its process died is ended by the next process", async () => {
  await world.start();
  const marker = join(world.folder, "forgotten-begun");
  await createShellAnalysis(world, { name: "forgotten", script: `touch ${marker}; sleep 7776` });
  await world.halt();
  const doomed = await startProcess(world);
  const run = await world.request("forgotten", [await world.scan("ds", "3", "forgotten")]);
  await expect.poll(() => exists(marker)).toBe(true);
  doomed.process.kill("SIGKILL");
  await doomed.ended();
  // What the deletion of its subject leaves behind, before the process that runs it has looked.
  await world.sql`
    update scheduler.tasks set state = 'final', outcome = 'cancelled', requested = null, sources = '{}' where run = ${run}`;
  await world.sql`update scheduler.executions set cancel_requested = true, forgotten = true where analysis = 'forgotten'`;
  await world.start();
  await expect.poll(runningRows).toEqual({ attempts: [], executions: [] });
  expect(await attemptsOf("forgotten")).toEqual([{ outcome: "lost", counted: false }]);
  await expect
    .poll(() => world.sql`select from scheduler.executions where analysis = 'forgotten' and (staged or forgotten)`)
    .toEqual([]);
});

test("an attempt whose execution is over is not run for ever", async () => {
  await world.start();
  const marker = join(world.folder, "over-begun");
  await createShellAnalysis(world, { name: "over", script: `touch ${marker}; sleep 7775` });
  await world.halt();
  const doomed = await startProcess(world);
  await world.request("over", [await world.scan("ds", "4", "over")]);
  await expect.poll(() => exists(marker)).toBe(true);
  doomed.process.kill("SIGKILL");
  await doomed.ended();
  await world.sql`update scheduler.executions set state = 'cancelled', finished_at = now() where analysis = 'over'`;
  await world.start();
  await expect.poll(runningRows).toEqual({ attempts: [], executions: [] });
});

test("an object store that is away spends no attempt, and the work goes on when it is back", async () => {
  await world.start({ retrySeconds: 0.2, retrySecondsMax: 0.5 });
  await createShellAnalysis(world, {
    name: "outage",
    script: copyScript,
    manifest: "resources: {cpu: 100m, memory: 64Mi}\nretry: {attempts: 1}",
  });
  const slice = await world.scan("ds", "5", "outage");
  const staging = join(world.bucket, "staging");
  await rename(staging, `${staging}-away`).catch(() => {});
  // A link to itself leads nowhere, so nothing can be stored.
  await symlink("staging", staging);
  const run = await world.request("outage", [slice]);
  await expect
    .poll(async () => (await attemptsOf("outage")).filter(({ outcome }) => outcome !== null).length)
    .toBeGreaterThan(2);
  const [task] = (await world.client().call(schedulerRoutes.listTasks, { query: { run, limit: 10 } })).items;
  expect(task).toMatchObject({ outcome: null });
  await rm(staging);
  expect(await world.finished(run, 1)).toMatchObject([{ outcome: "ran" }]);
  const attempts = await attemptsOf("outage");
  expect(attempts.at(-1)).toEqual({ outcome: "succeeded", counted: true });
  expect(new Set(attempts.slice(0, -1).map(({ outcome, counted }) => `${outcome} ${counted}`))).toEqual(
    new Set(["unavailable false"]),
  );
});
