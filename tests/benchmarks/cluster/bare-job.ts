import { setTimeout as sleep } from "node:timers/promises";
import { parseManifest } from "@rollerblade/analysis";
import { buildJob, type JobSettings } from "@rollerblade/executors/kubernetes";
import { type ClusterWorld, testImages } from "@rollerblade/service-scheduler/testing/cluster";
import { z } from "zod";
import { countObjects } from "./watch-load.ts";

const job = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        initContainers: z.tuple([z.looseObject({}), z.looseObject({})]),
        containers: z.tuple([z.looseObject({})]),
      }),
    }),
  }),
});

const manifest = parseManifest(`
name: bare
version: 1.0.0
image: none
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 5m}
outputs: {copy: {name: "{entities}_desc-bare_T1w.nii.gz", content: any}}
`);

/**
 * Runs the Job that the scheduler would make, of the same containers with the same requests; only that they start Node and do nothing
 * else, instead of staging. Afterwards nothing is left of it.
 * @returns seconds until it is complete
 */
export const bareJob = async (
  world: ClusterWorld,
  count: number,
  given: Pick<JobSettings, "stagingMemory" | "placement">,
): Promise<number> => {
  const settings: JobSettings = {
    ...{ installation: "bare", stagingImage: testImages.rollerblade, stagingUrl: "http://nowhere" },
    ...{ audience: "rollerblade", serviceAccount: "rollerblade-analysis", jobTtlSeconds: 300 },
    ...given,
  };
  const attempts = Array.from({ length: count }, (_, at) => `${count}-${at}`);
  const argv = ["sh", "-c", "true"];
  const batch = { attempts, manifest, image: testImages.shell, argv, memory: 64 * 2 ** 20, rank: 1, owner: "" };
  const body = job.parse(buildJob(settings, batch, { staging: null, traceparent: "" }));
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
    if (seen.failed > 0) throw new Error("A Pod of the bare Job failed.");
    if (seen.succeeded === count) break;
    await sleep(100);
  }
  const seconds = (performance.now() - begin) / 1000;
  await world.remove("jobs", body.metadata.name);
  while ((await countObjects(world.cluster, world.namespace)) > 0) await sleep(500);
  return seconds;
};

const status = z.object({ status: z.object({ succeeded: z.int().default(0), failed: z.int().default(0) }) });
