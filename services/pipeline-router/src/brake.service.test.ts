import { routerRoutes } from "@rollerblade/client";
import { analysis, demo, scan } from "@rollerblade/pipeline/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RouterWorld, startRouterWorld } from "./testing/router-world.ts";

let it: RouterWorld;

beforeAll(async () => {
  it = await startRouterWorld({ startsPerHour: 3 });
  for (const name of ["brain-mask", "tissue-volumes", "group-report"] as const) await it.create(analysis(name));
});

afterAll(() => it.stop());

test("a slice that a rule starts again and again is stopped for a while, and says so", async () => {
  const dataset = "again";
  await it.apply(dataset, demo.replace("demo*", dataset));
  for (let time = 0; time < 5; time++) {
    await it.index(scan({ dataset, subject: "01", content: `content ${time}` }));
    await it.settle(dataset);
  }
  expect(it.asked.filter(({ rule }) => rule === "mask")).toHaveLength(3);
  const { items } = await it.client.call(routerRoutes.explain, { query: { dataset, subject: "01" } });
  const mask = items.find(({ rule }) => rule === "mask");
  expect(mask?.reason).toMatch(/^stopped: started 3 times within an hour; again from 20/);
  expect((await it.status(dataset)).rules.find(({ rule }) => rule === "mask")?.stuck).toBe(1);
  await it.sql`update pipeline_router.decisions set started_at = started_at - interval '2 hours' where dataset = ${dataset}`;
  await it.sql`update pipeline_router.dirty set due_at = now() where dataset = ${dataset}`;
  await it.settle(dataset);
  expect(it.asked.filter(({ rule }) => rule === "mask")).toHaveLength(4);
});
