import { type RunOrderBy, runOrderBy, schedulerRoutes, type TaskOrder, taskOrder } from "@rollerblade/client";
import { newEventId } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  startSchedulerWorld,
} from "../testing/scheduler-world.ts";

let world: SchedulerWorld;
const run = newEventId();
const subjects = ["07", "03", "09", "01", "05"];

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
  for (const name of ["copy", "other"]) await createShellAnalysis(world, { name, script: copyScript });
  const slices = await Promise.all(subjects.map((subject) => world.scan("sorted", subject, subject)));
  await world.request("copy", slices, { run });
  await world.finished(run, subjects.length);
  await world.finished(await world.request("other", slices.slice(0, 1)), 1);
  // Several that ended at the same microsecond, and one that has not.
  await world.sql`update scheduler.tasks set finished_at = '2026-01-01T00:00:00.123456Z' where slice ->> 'subject' in ('01', '03', '05')`;
  await world.sql`update scheduler.tasks set state = 'open', outcome = null, finished_at = null where slice ->> 'subject' = '09'`;
});
afterAll(() => world.stop());

/** Reads a list to its end, two rows a page. */
const inPages = async <Item>(
  read: (after: string | undefined) => Promise<{ readonly items: readonly Item[]; readonly next: string | null }>,
): Promise<Item[]> => {
  const items: Item[] = [];
  for (let after: string | undefined; ; ) {
    const page = await read(after);
    expect(page.items.length).toBeLessThanOrEqual(2);
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
};

const subjectsBy = async (sort: TaskOrder): Promise<(string | null)[]> => {
  const tasks = await inPages((after) =>
    world.client().call(schedulerRoutes.listTasks, { query: { run, sort, limit: 2, after } }),
  );
  return tasks.map(({ slice }) => slice.subject);
};

test.each(taskOrder.options)("slices by %s are all there, once, across pages", async (sort) => {
  expect((await subjectsBy(sort)).toSorted()).toEqual(subjects.toSorted());
});

test("slices are sorted by name, and by their end with those that have none last", async () => {
  expect(await subjectsBy("slice")).toEqual(["01", "03", "05", "07", "09"]);
  expect(await subjectsBy("-slice")).toEqual(["09", "07", "05", "03", "01"]);
  expect(await subjectsBy("-made")).toEqual((await subjectsBy("made")).toReversed());
  const ended = await subjectsBy("ended");
  expect(ended.slice(0, 3).toSorted()).toEqual(["01", "03", "05"]);
  expect(ended.slice(3)).toEqual(["07", "09"]);
  expect(await subjectsBy("-ended")).toEqual(ended.toReversed());
});

test.each(runOrderBy.options)("runs by %s are all there, once, across pages", async (sort: RunOrderBy) => {
  const runs = await inPages((after) =>
    world.client().call(schedulerRoutes.listRuns, { query: { sort, limit: 2, after } }),
  );
  expect(runs.map(({ id }) => id).toSorted()).toEqual(
    (await world.sql<{ id: string }[]>`select id from scheduler.runs`).map(({ id }) => id).toSorted(),
  );
  if (sort.endsWith("analysis")) {
    const names = runs.map(({ analysis }) => analysis);
    expect(names).toEqual(sort === "analysis" ? names.toSorted() : names.toSorted().toReversed());
  }
});

test("the cursor of one order is none of another", async () => {
  const { next } = await world.client().call(schedulerRoutes.listTasks, { query: { run, sort: "slice", limit: 2 } });
  await expect(
    world.client().call(schedulerRoutes.listTasks, { query: { run, sort: "ended", limit: 2, after: next ?? "" } }),
  ).rejects.toMatchObject({ code: "invalid" });
});
