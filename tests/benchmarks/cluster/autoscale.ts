import { setTimeout as sleep } from "node:timers/promises";
import { createPodAnalysis, startClusterWorld } from "@rollerblade/service-scheduler/testing/cluster";
import { clearNamespace, fakePlacement, startKwok } from "./kwok.ts";
import { putSlices, runSlices } from "./pods.ts";
import { playPods } from "./scale.ts";
import { nodesOf, startScaler } from "./scaler.ts";

/** How the nodes followed the work. */
export type AutoscaleFigures = {
  /** Who made and removed the nodes. */
  readonly by: string;
  readonly before: number;
  readonly most: number;
  readonly after: number;
  /** Seconds from the request to the first node, to the last slice, and from there to no node. */
  readonly first: number;
  readonly done: number;
  readonly empty: number;
  /** Attempts beyond one for each slice. */
  readonly repeated: number;
};

/** Runs slices of one core each where there is no node at all; Pods that wait make the nodes. */
export const measureAutoscaling = async (count: number): Promise<AutoscaleFigures> => {
  const placement = JSON.stringify(fakePlacement);
  const world = await startClusterWorld({
    stagingMemory: 2 ** 26,
    checkPodAddress: false,
    placement,
    keepLogs: "failed",
  });
  const kwok = await startKwok(world.cluster);
  const player = playPods(world);
  const scaler = await startScaler(world.cluster, world.namespace);
  try {
    await world.start({ sweepSeconds: 5 });
    await createPodAnalysis(world, "elastic", { resources: "cpu: 1, memory: 64Mi, disk: 1Mi, timeout: 30m" });
    const before = (await nodesOf(world.cluster)).length;
    const slices = await putSlices(world, "elastic", count);
    const begin = performance.now();
    const seconds = (): number => (performance.now() - begin) / 1000;
    let [most, first] = [0, 0];
    const look = async (): Promise<number> => {
      const nodes = (await nodesOf(world.cluster)).length;
      if (nodes > 0 && first === 0) first = seconds();
      most = Math.max(most, nodes);
      return nodes;
    };
    const watching = setInterval(() => void look().catch(() => {}), 250);
    const took = await runSlices(world, "elastic", slices);
    clearInterval(watching);
    const done = seconds();
    let after = await look();
    while (after > 0 && seconds() < done + 180) {
      await sleep(250);
      after = await look();
    }
    const [row] = await world.sql<{ attempts: number }[]>`select count(*)::int as attempts from scheduler.attempts`;
    const repeated = (row?.attempts ?? 0) - count;
    return {
      by: scaler.name,
      before,
      most,
      after,
      first: first - (done - took),
      done: took,
      empty: seconds() - done,
      repeated,
    };
  } finally {
    player();
    await world.halt();
    await clearNamespace(world.cluster, world.namespace);
    await scaler.stop();
    await world.stop();
    await kwok.stop();
    for (const name of await nodesOf(world.cluster))
      await world.cluster.call({ method: "DELETE", path: `/api/v1/nodes/${name}` });
  }
};
