import type { RequestedSlice } from "@rollerblade/analysis";
import { schedulerRoutes } from "@rollerblade/client";
import { newEventId } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createShellAnalysis, type SchedulerWorld, showRun, startSchedulerWorld } from "./testing/scheduler-world.ts";

const tasks = 2_500;
/** Slices of one message. */
const chunk = 500;
const patiently = { timeout: 120_000, interval: 100 };
let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start({ cpus: 8 });
  // Short, so that very many end while the run is cancelled.
  await createShellAnalysis(world, {
    name: "short",
    script: "cat $ROLLERBLADE_IN/t1w.nii.gz > $ROLLERBLADE_OUT/copy.nii.gz\n",
    manifest: "resources: {cpu: 100m, memory: 64Mi}\nretry: {attempts: 1}",
  });
});
afterAll(() => world.stop());

const publishAll = async (run: string, slices: readonly RequestedSlice[]): Promise<void> => {
  for (let from = 0; from < slices.length; from += chunk) {
    await world.publish("run.requested", {
      ...{ run, analysis: "short", version: "1.0.0", parameters: {}, priority: "pipeline", owner: "service" },
      slices: slices.slice(from, from + chunk).map((slice) => ({
        ...{ decision: newEventId(), round: 1, sequence: 1n, body: Buffer.from(JSON.stringify(slice)) },
        slice: { level: "scan", dataset: "crowd", subject: slice.slice.subject ?? "", scan: slice.slice.scan ?? "" },
      })),
    });
  }
};

test("a run of thousands is cancelled while its tasks end by the dozen", { timeout: 300_000 }, async () => {
  const run = newEventId();
  const slices: RequestedSlice[] = [];
  for (let index = 0; index < tasks; index++) slices.push(await world.scan("crowd", `${index}`, `scan ${index}`));
  await publishAll(run, slices);
  const counts = async () => (await showRun(world, run).catch(() => null))?.counts;
  await expect.poll(async () => (await counts())?.total, patiently).toBe(tasks);
  await expect.poll(async () => ((await counts())?.ran ?? 0) > 20, patiently).toBe(true);

  await world.client().call(schedulerRoutes.cancelRun, { params: { id: run } });
  // What was being published when it was cancelled is finished.
  await expect.poll(async () => (await showRun(world, run)).state, patiently).toBe("finished");
  const ended = await counts();
  expect(ended).toMatchObject({ total: tasks, open: 0, failed: 0 });
  expect((ended?.ran ?? 0) + (ended?.cancelled ?? 0)).toBe(tasks);
  expect(ended?.cancelled).toBeGreaterThan(0);
  await expect
    .poll(
      () => world.sql`select state from scheduler.executions where state in ('queued', 'delayed', 'running')`,
      patiently,
    )
    .toHaveLength(0);
  const events = await world.published("task.finished");
  expect(new Set(events.map(({ task }) => task)).size).toBe(tasks);
});
