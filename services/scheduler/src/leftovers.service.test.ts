import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";

let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
});
afterAll(() => world?.stop());

test("what a replaced Pod has left of something that is over is dropped, and nothing else", async () => {
  await world.start();
  await createShellAnalysis(world, { name: "copy", script: copyScript });
  const [task] = await world.finished(await world.request("copy", [await world.scan("ds", "1", "scan")]), 1);
  await expect.poll(() => world.keys("staging")).toEqual([]);
  const [row] = await world.sql<{ execution: string }[]>`
    select execution from scheduler.tasks where id = ${task?.id ?? ""}`;
  const unknown = `staging/${crypto.randomUUID()}/attempt/pod/copy.nii.gz`;
  for (const key of [`staging/${row?.execution}/attempt/pod/copy.nii.gz`, unknown, "staging/slices/1-1.json"])
    await world.objects.put(key, Buffer.from("left"));
  await world.halt();
  await world.start();
  await expect
    .poll(() => world.keys("staging"))
    .toEqual([unknown, "staging/slices/1-1.json"].map((key) => key.slice(8)));
});
