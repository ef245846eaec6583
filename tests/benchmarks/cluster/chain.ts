import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestedSlice } from "@rollerblade/analysis";
import { reflect } from "@rollerblade/kubernetes";
import {
  type ClusterWorld,
  createPodAnalysis,
  startClusterWorld,
} from "@rollerblade/service-scheduler/testing/cluster";
import { z } from "zod";

/**
 * Milliseconds from the report of one analysis to the Job of the next, seen from outside: the report by the table, the Job by a watch.
 * A stand-in for the router asks for the next slice as soon as `task.finished` is in the outbox, so the router's own time is not in it.
 */
export const measureChainInCluster = async (links: number): Promise<number[]> => {
  const world = await startClusterWorld({ stagingMemory: 96 * 2 ** 20, keepLogs: "failed" });
  const stop = new AbortController();
  try {
    await world.start({ sweepSeconds: 5 });
    await createPodAnalysis(world, "link", { resources: "cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 5m" });
    const jobs = watchJobs(world, stop.signal);
    const gaps: number[] = [];
    await runOne(world, 0);
    for (let link = 1; link <= links; link++) {
      const before = jobs.length;
      const run = await begin(world, link);
      const next = await sliceOf(world, 1_000 + link);
      const reported = await reportOf(world, run);
      await untilFinished(world, run);
      await world.request("link", [next]);
      while (jobs.length < before + 2) await sleep(1);
      gaps.push((jobs[before + 1] ?? Number.NaN) - reported);
      await untilIdle(world);
    }
    return gaps;
  } finally {
    stop.abort();
    await world.stop();
  }
};

const named = z.object({ metadata: z.object({ name: z.string() }) });

/** Moments at which Jobs were first seen. */
const watchJobs = (world: ClusterWorld, signal: AbortSignal): number[] => {
  const known = new Set<string>();
  const moments: number[] = [];
  void reflect(world.cluster, {
    path: `/apis/batch/v1/namespaces/${world.namespace}/jobs`,
    digest: (object) => named.parse(object).metadata.name,
    changed: (name) => {
      if (known.has(name)) return;
      known.add(name);
      moments.push(performance.now());
    },
    removed: () => {},
    listed: (names) => {
      for (const name of names) known.add(name);
    },
    signal,
  });
  return moments;
};

const sliceOf = (world: ClusterWorld, subject: number): Promise<RequestedSlice> =>
  world.scan("link", String(subject), `${subject} ${randomUUID()}`);

const begin = async (world: ClusterWorld, subject: number): Promise<string> =>
  world.request("link", [await sliceOf(world, subject)]);

const runOne = async (world: ClusterWorld, subject: number): Promise<void> => {
  await world.finished(await begin(world, subject), 1);
};

/** Waits for the report. @returns when it was there */
const reportOf = async (world: ClusterWorld, run: string): Promise<number> => {
  for (;;) {
    const [row] = await world.sql`
      select from scheduler.attempts where report is not null
        and execution in (select execution from scheduler.tasks where run = ${run})`;
    if (row !== undefined) return performance.now();
    await sleep(1);
  }
};

const untilFinished = async (world: ClusterWorld, run: string): Promise<void> => {
  for (;;) {
    const [row] = await world.sql`select from scheduler.tasks where run = ${run} and state = 'final'`;
    if (row !== undefined) return;
    await sleep(1);
  }
};

const untilIdle = async (world: ClusterWorld): Promise<void> => {
  for (;;) {
    const rows = await world.sql`select from scheduler.executions where state in ('queued', 'running') limit 1`;
    if (rows.length === 0) return;
    await sleep(50);
  }
};
