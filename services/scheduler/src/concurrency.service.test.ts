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
  // Whoever finds the licence taken fails at its only attempt (recorded times do not tell: a claim has that of its transaction's begin); the copy of many small writes gives others the time to find it so.
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
});
