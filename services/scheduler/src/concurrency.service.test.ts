import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RequestedSlice } from "@rollerblade/analysis";
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
  await world.start({ cpus: 4 });
  await world.start({ cpus: 4 });
});
afterAll(() => world.stop());

test("an analysis with a limit runs once at a time over all replicas, and others beside it", async () => {
  const held = join(world.folder, "held");
  mkdirSync(held);
  // Whoever finds the licence taken fails; the copy of many small writes gives others the time to find it so.
  const script = `mkdir ${held}/licence || exit 64
i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo $i > ${held}/count; done
rmdir ${held}/licence
${copyScript}`;
  const small = "resources: {cpu: 100m, memory: 64Mi}\nretry: {attempts: 1}";
  await createShellAnalysis(world, { name: "licensed", script, manifest: `${small}\nconcurrency: 1` });
  await createShellAnalysis(world, { name: "free", script: copyScript, manifest: small });
  const slices: RequestedSlice[] = [];
  for (let index = 0; index < 8; index++) slices.push(await world.scan("crowd", `${index}`, `scan ${index}`));
  const runs = await Promise.all(["licensed", "free"].map((analysis) => world.request(analysis, slices)));
  for (const run of runs)
    expect((await world.finished(run, slices.length)).map(({ outcome }) => outcome)).toEqual(slices.map(() => "ran"));
  // Two of the licensed one never ran at the same time.
  const overlaps = await world.sql`
    select from scheduler.attempts a join scheduler.executions e on e.id = a.execution,
      scheduler.attempts b join scheduler.executions f on f.id = b.execution
    where e.analysis = 'licensed' and f.analysis = 'licensed' and a.id < b.id
      and a.started_at < b.finished_at and b.started_at < a.finished_at`;
  expect(overlaps).toHaveLength(0);
});
