import { setTimeout as sleep } from "node:timers/promises";
import { parseManifest } from "@rollerblade/analysis";
import { z } from "zod";
import { buildJob } from "../../../services/scheduler/src/executors/kubernetes/build-job.ts";
import {
  type ClusterWorld,
  createPodAnalysis,
  startClusterWorld,
  testImages,
} from "../../../services/scheduler/src/testing/cluster-world.ts";

/** How long both took, in seconds. */
export type PodFigures = { readonly ours: number; readonly bare: number; readonly jobs: number };

// A node of 24 GiB holds 200 of them.
const stagingMemory = 96 * 2 ** 20;

/** Runs so many slices through the scheduler, and then a Job that the scheduler would make, whose containers do nothing but start. */
export const measurePods = async (count: number): Promise<PodFigures> => {
  const world = await startClusterWorld({ stagingMemory, keepLogs: "failed" });
  try {
    await world.start();
    await createPodAnalysis(world, "bench", { resources: "cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 5m" });
    const slices = await Promise.all(
      Array.from({ length: count }, (_, at) => world.scan("bench", String(1000 + at), `scan ${at}`)),
    );
    // The first Pod of a node pays for what all others find ready.
    await bareJob(world, 1);
    const begin = performance.now();
    const tasks = await world.finished(await world.request("bench", slices), count);
    const ours = (performance.now() - begin) / 1000;
    const other = tasks.filter(({ outcome }) => outcome !== "ran");
    if (other.length > 0) throw new Error(`${other.length} slices did not run: ${other[0]?.reason}`);
    const [{ jobs } = { jobs: 0 }] = await world.sql<{ jobs: number }[]>`
      select count(distinct job)::int as jobs from scheduler.attempts`;
    return { ours, jobs, bare: await bareJob(world, count) };
  } finally {
    await world.stop();
  }
};

const job = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        initContainers: z.tuple([z.looseObject({}), z.looseObject({})]),
        containers: z.tuple([z.looseObject({})]),
      }),
    }),
  }),
});

/** The Job that the scheduler makes, with other labels, and a start of Node instead of staging. @returns seconds until it is complete */
const bareJob = async (world: ClusterWorld, count: number): Promise<number> => {
  const settings = {
    ...{ installation: "bare", stagingImage: testImages.rollerblade, stagingUrl: "http://nowhere", stagingMemory },
    ...{ audience: "rollerblade", serviceAccount: "rollerblade-analysis", jobTtlSeconds: 300 },
  };
  const attempts = Array.from({ length: count }, (_, at) => `${count}-${at}`);
  const argv = ["sh", "-c", "true"];
  const batch = { attempts, manifest, image: testImages.shell, argv, memory: 64 * 2 ** 20, rank: 1, owner: "" };
  const body = job.parse(buildJob(settings, batch));
  const { spec } = body.spec.template;
  const idle = { command: ["node", "-e", "0"], args: [] };
  const [first, second] = spec.initContainers;
  spec.initContainers = [{ ...first, ...idle }, second];
  spec.containers = [{ ...spec.containers[0], ...idle }];
  const path = `/apis/batch/v1/namespaces/${world.namespace}/jobs`;
  const begin = performance.now();
  await world.cluster.call({ method: "POST", path, body });
  for (;;) {
    const seen = status.parse(await world.cluster.call({ path: `${path}/${body.metadata.name}` })).status;
    if (seen.succeeded === count) return (performance.now() - begin) / 1000;
    if (seen.failed > 0) throw new Error("A Pod of the bare Job failed.");
    await sleep(100);
  }
};

const status = z.object({
  status: z.object({ succeeded: z.int().default(0), failed: z.int().default(0) }),
});

const manifest = parseManifest(`
name: bare
version: 1.0.0
image: none
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 5m}
outputs: {copy: {name: "{entities}_desc-bare_T1w.nii.gz"}}
`);
