import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RequestedSlice } from "@rollerblade/analysis";
import {
  type ClusterWorld,
  createPodAnalysis,
  startClusterWorld,
} from "@rollerblade/service-scheduler/testing/cluster";
import { bareJob } from "./bare-job.ts";
import { clearNamespace, type FakeNodes, fakePlacement, startFakeNodes } from "./kwok.ts";
import { jobsOf, putSlices, requestAll, runSlices, untilDone } from "./pods.ts";
import { countObjects, type Load, watchLoad } from "./watch-load.ts";

/** What a run of many slices costs beside a bare Job of as many Pods on the same nodes that are not there. */
export type ScaleFigures = {
  /** Slices that were done, and the seconds that it took. */
  readonly done: number;
  readonly ours: number;
  /**
   * Seconds of a bare Job before, and of one after: neither order is fair by itself. Null beyond ten thousand: what is asked there is
   * whether anything grows, and a bare Job holds all of its Pods at once.
   */
  readonly bare: readonly [before: number, after: number] | null;
  /** Null where the first run was cut short. */
  readonly again: number | null;
  readonly jobs: number;
  /** Pods of the second run: nothing should run. */
  readonly podsAgain: number;
  /** Objects in etcd right after the run. */
  readonly objects: number;
  readonly load: Load;
  /** Bytes. */
  readonly database: number;
};

const stagingMemory = 2 ** 26;

/** Most slices that are compared with a bare Job. */
const compared = 10_000;

/**
 * Runs so many slices on nodes that kwok plays, with another process in the place of the staging containers; then again, cached. How many
 * Pods there are at once is what the product says by itself.
 * @param minutes after which the run is cut short
 */
export const measureScale = async (count: number, minutes: number): Promise<ScaleFigures> => {
  const placement = JSON.stringify(fakePlacement);
  // What a bare Job leaves is not removed while it runs either.
  const kept = count > compared ? {} : { finishedPods: count, jobTtlSeconds: 3_600 };
  const settings = { stagingMemory, keepLogs: "failed", checkPodAddress: false, placement, ...kept };
  const world = await startClusterWorld(settings);
  const nodes = await startFakeNodes(world.cluster, count);
  const player = playPods(world, count > compared ? "few" : "all");
  try {
    await world.start({ sweepSeconds: 5 });
    await createPodAnalysis(world, "many", { resources: "cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 30m" });
    const runBare = () => bareJob(world, count, { stagingMemory, placement: fakePlacement });
    const before = count > compared ? null : await runBare();
    const slices = await putSlices(world, "many", count);
    const watched = watchLoad(world.cluster, world.namespace, async () => (await finalTasks(world)) / count);
    const begin = performance.now();
    const run = runSlices(world, "many", slices);
    const cut = sleep(minutes * 60_000, null, { ref: false });
    const whole = await Promise.race([run, cut]);
    const ours = whole ?? (performance.now() - begin) / 1000;
    const load = await watched();
    const done = await finalTasks(world);
    const [jobs, objects] = [await jobsOf(world), await countObjects(world.cluster, world.namespace)];
    const size = await databaseSize(world);
    const again = whole === null ? null : await runAgain(world, slices);
    const podsAgain = (await attempts(world)) - count;
    // A run that was cut short would go on, and make its Jobs anew.
    await world.halt();
    await clearNamespace(world.cluster, world.namespace);
    const bare = before === null ? null : ([before, await runBare()] as const);
    return { done, ours, bare, again, jobs, podsAgain, objects, load, database: size };
  } finally {
    player();
    // What was found is worth more than a clean cluster.
    await cleanUp(world, nodes).catch((error: unknown) =>
      console.error("Something of the benchmark may be left:", error),
    );
  }
};

const cleanUp = async (world: ClusterWorld, nodes: FakeNodes): Promise<void> => {
  await world.halt();
  await clearNamespace(world.cluster, world.namespace);
  await world.stop();
  await nodes.stop();
};

/** Starts the process that plays what runs in Pods that are not there, and how much is reported of each. @returns how to end it */
export const playPods = (
  { namespace, stagingUrl }: Pick<ClusterWorld, "namespace" | "stagingUrl">,
  words: "few" | "all" = "all",
): (() => void) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./play-pods.ts", import.meta.url))], {
    stdio: "inherit",
    env: { ...process.env, NAMESPACE: namespace, STAGING_URL: stagingUrl, WORDS: words },
  });
  process.once("exit", () => child.kill("SIGKILL"));
  return () => void child.kill("SIGKILL");
};

/**
 * The same slices once more, in the same order, by new decisions, half a minute later: what tidies up after a run has ended by then.
 * @returns seconds
 */
const runAgain = async (world: ClusterWorld, slices: readonly RequestedSlice[]): Promise<number> => {
  await sleep(30_000);
  const begin = performance.now();
  const run = await requestAll(world, "many", slices, 2);
  await untilDone(world, run, slices.length);
  return (performance.now() - begin) / 1000;
};

const attempts = async ({ sql }: ClusterWorld): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from scheduler.attempts`;
  return row?.count ?? 0;
};

const finalTasks = async ({ sql }: ClusterWorld): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`select coalesce(sum(ran), 0)::int as count from scheduler.runs`;
  return row?.count ?? 0;
};

const databaseSize = async ({ sql }: ClusterWorld): Promise<number> => {
  const [row] = await sql<{ size: number }[]>`select pg_database_size(current_database())::float8 as size`;
  return row?.size ?? 0;
};
