import { randomUUID } from "node:crypto";
import type { RequestedSlice } from "@rollerblade/analysis";
import {
  type ClusterWorld,
  createPodAnalysis,
  startClusterWorld,
} from "@rollerblade/service-scheduler/testing/cluster";
import { bareJob } from "./bare-job.ts";

/** How long both took, in seconds, and how many Jobs ours were. */
export type PodFigures = { readonly ours: number; readonly bare: number; readonly jobs: number };

// A node of 24 GiB holds 200 of them.
const stagingMemory = 96 * 2 ** 20;

/** Runs so many slices through the scheduler until all are published, and then a bare Job of as many. */
export const measurePods = async (count: number): Promise<PodFigures> => {
  const world = await startClusterWorld({ stagingMemory, keepLogs: "failed" });
  try {
    await world.start({ sweepSeconds: 5 });
    await createPodAnalysis(world, "bench", { resources: "cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 5m" });
    // The first Pod of a node pays for what all others find ready.
    await bareJob(world, 1, { stagingMemory });
    const bare = await bareJob(world, count, { stagingMemory });
    const ours = await runSlices(world, "bench", await putSlices(world, "bench", count));
    return { ours, jobs: await jobsOf(world), bare };
  } finally {
    await world.stop();
  }
};

/** Puts so many new scans into the bucket. @returns their slices */
export const putSlices = async (world: ClusterWorld, analysis: string, count: number): Promise<RequestedSlice[]> => {
  const slices: RequestedSlice[] = [];
  for (let at = 0; at < count; at += 50) {
    const some = Array.from({ length: Math.min(50, count - at) }, (_, index) => String(100_000 + at + index));
    slices.push(...(await Promise.all(some.map((subject) => world.scan(analysis, subject, `scan ${subject}`)))));
  }
  return slices;
};

/** Runs slices to their end. @returns seconds */
export const runSlices = async (
  world: ClusterWorld,
  analysis: string,
  slices: readonly RequestedSlice[],
): Promise<number> => {
  const begin = performance.now();
  const run = await requestAll(world, analysis, slices, 1);
  await untilDone(world, run, slices.length);
  const seconds = (performance.now() - begin) / 1000;
  const [other] = await world.sql<{ outcome: string; reason: string }[]>`
    select outcome, reason from scheduler.tasks where run = ${run} and outcome <> 'ran' limit 1`;
  if (other !== undefined) throw new Error(`A slice did not run: ${other.outcome} ${other.reason}`);
  return seconds;
};

/** Asks for slices as the router does: some hundreds in a message. @returns the run */
export const requestAll = async (
  world: ClusterWorld,
  analysis: string,
  slices: readonly RequestedSlice[],
  sequence: number,
): Promise<string> => {
  const run = randomUUID();
  const messages = Array.from({ length: Math.ceil(slices.length / 200) }, (_, at) =>
    slices.slice(200 * at, 200 * (at + 1)),
  );
  for (let at = 0; at < messages.length; at += 8)
    await Promise.all(messages.slice(at, at + 8).map((some) => world.request(analysis, some, { run, sequence })));
  return run;
};

/** Jobs that attempts were given to. */
export const jobsOf = async ({ sql }: ClusterWorld): Promise<number> => {
  const [row] = await sql<{ jobs: number }[]>`select count(distinct job)::int as jobs from scheduler.attempts`;
  return row?.jobs ?? 0;
};

/** Waits until all tasks of a run are final: the run's own counts tell it, where counting its tasks would be a load by itself. */
export const untilDone = async ({ sql }: ClusterWorld, run: string, count: number): Promise<void> => {
  for (;;) {
    const [row] = await sql<{ final: number }[]>`
      select ran + cached + in_place + failed + cancelled + superseded as final from scheduler.runs where id = ${run}`;
    if (row?.final === count) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
