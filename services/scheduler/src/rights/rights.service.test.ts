import type { TaskStatus } from "@rollerblade/client";
import { withLock } from "@rollerblade/database";
import { insertGrant } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  startSchedulerWorld,
} from "../testing/scheduler-world.ts";

let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld({ ROLLERBLADE_CACHE: "readable" });
  await world.start();
  await createShellAnalysis(world, { name: "copy", script: copyScript });
  await createShellAnalysis(world, { name: "slow", script: `sleep 1; ${copyScript}` });
  for (const person of ["ann", "ben", "cat"]) {
    for (const analysis of ["copy", "slow"]) await grant(person, "analysis", analysis, "runner");
  }
  await grant("ann", "dataset", "anns", "contributor");
  await grant("ben", "dataset", "bens", "contributor");
  for (const dataset of ["anns", "bens", "cats"]) await grant("cat", "dataset", dataset, "contributor");
  await grant("dan", "analysis", "copy", "runner");
  await grant("dan", "dataset", "anns", "runner");
});
afterAll(() => world.stop());

const grant = async (person: string, kind: "dataset" | "analysis", resource: string, role: string): Promise<void> => {
  await insertGrant(world.sql, { principal: person, token: null, on: { kind, resource, role } });
};

const runAs = async (owner: string, analysis: string, dataset: string, content: string): Promise<TaskStatus> => {
  const run = await world.request(analysis, [await world.scan(dataset, "01", content)], { owner });
  const [task] = await world.finished(run, 1);
  if (task === undefined) throw new Error("There is no task.");
  return task;
};

test("a hit never tells that somebody else has the same scan", async () => {
  const first = await runAs("ann", "copy", "anns", "same head");
  const second = await runAs("ben", "copy", "bens", "same head");
  expect([first.outcome, second.outcome]).toEqual(["ran", "ran"]);
  expect(second.execution).not.toBe(first.execution);
  expect(second.key).toBe(first.key);
});

test("whoever may read what it was made from gets the hit", async () => {
  const first = await runAs("ann", "copy", "anns", "known head");
  expect(await runAs("cat", "copy", "cats", "known head")).toMatchObject({
    outcome: "cached",
    execution: first.execution,
  });
});

test("what was made of a dataset that only had the name before is not a hit", async () => {
  const first = await runAs("ann", "copy", "anns", "a former head");
  await world.sql`
    insert into accounts.resources_v1 values (gen_random_uuid(), 'dataset', 'anns', 'ann', clock_timestamp())`;
  const second = await runAs("cat", "copy", "cats", "a former head");
  expect([first.outcome, second.outcome]).toEqual(["ran", "ran"]);
  await world.sql`delete from accounts.resources_v1`;
});

test("who may run and not contribute gets what is there, and adds nothing", async () => {
  const made = await runAs("ann", "copy", "anns", "a head for all");
  expect(await runAs("dan", "copy", "anns", "a head for all")).toMatchObject({
    outcome: "in-place",
    execution: made.execution,
  });
  expect(await runAs("dan", "copy", "anns", "a new head")).toMatchObject({
    outcome: "failed",
    reason: "dan may not add results to anns, which needs the role contributor there",
    execution: null,
  });
});

test("who may not contribute gets what is there also where revoked rights are looked for before it is planned", async () => {
  const made = await runAs("ann", "copy", "anns", "a head that is there");
  const ask = async (owner: string) =>
    world.request("copy", [await world.scan("anns", "01", "a head that is there")], { owner });
  const task = async (run: string) =>
    (await world.sql<{ state: string }[]>`select state from scheduler.tasks where run = ${run}`)[0]?.state;
  const { run, planned } = await withLock(world.sql, "scheduler/plan", async () => {
    const first = await ask("dan");
    await expect.poll(() => task(first)).toBe("open");
    // Whoever looks for revoked rights finds this one, and so has looked at the other one, too.
    const stranger = await ask("eve");
    await expect.poll(() => task(stranger), { timeout: 10_000 }).toBe("final");
    return { run: first, planned: await task(first) };
  });
  expect(planned).toBe("open");
  expect(await world.finished(run, 1)).toMatchObject([{ outcome: "in-place", execution: made.execution }]);
});

test("work in progress is shared only by those who may read what it is made from", async () => {
  const slices = await Promise.all(
    ["anns", "bens", "cats"].map((dataset) => world.scan(dataset, "01", "head in progress")),
  );
  const owners = ["ann", "ben", "cat"];
  const runs = await Promise.all(
    slices.map((slice, index) => world.request("slow", [slice], { owner: owners[index] ?? "" })),
  );
  const [ann, ben, cat] = (await Promise.all(runs.map((run) => world.finished(run, 1)))).flat();
  expect(ann?.execution).not.toBe(ben?.execution);
  expect([ann, ben, cat].map((task) => task?.outcome)).toEqual(["ran", "ran", expect.stringMatching(/ran|cached/)]);
});
