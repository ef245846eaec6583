import { randomBytes } from "node:crypto";
import { schedulerRoutes } from "@rollerblade/client";
import { freePort } from "@rollerblade/embedded/testing";
import { type ClusterClient, connectCluster } from "@rollerblade/kubernetes";
import { findVersitygw, startVersitygw } from "@rollerblade/object-store/testing";
import { z } from "zod";
import { clusterIsUp, kubeconfig } from "../../../../tools/test-cluster/kubectl.ts";
import { ownAddress } from "../../../../tools/test-cluster/machine.ts";
import { type SchedulerWorld, startSchedulerWorld } from "./scheduler-world.ts";

/** A world whose executor is a real cluster: the scheduler runs here, and Pods reach it at this machine's address. */
export type ClusterWorld = SchedulerWorld & {
  readonly cluster: ClusterClient;
  /** A namespace that goes with the world. */
  readonly namespace: string;
  /** Where Pods reach the scheduler. */
  readonly stagingUrl: string;
  /** Settings of the scheduler, as `start` takes them. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Objects of a kind in the namespace; the path names it, as `/api/v1 pods`. */
  list(what: Kind): Promise<Listed[]>;
  remove(what: Kind, name: string): Promise<void>;
};

/** Kinds that tests look at. */
export type Kind = "pods" | "jobs";

const listed = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string() }),
  status: z.looseObject({ phase: z.string().default("") }).prefault({}),
});
export type Listed = z.output<typeof listed>;

/** The image of Rollerblade in the test cluster, and one with a shell for analyses of tests. */
export const testImages = {
  rollerblade: "rollerblade/rollerblade:0.1.0",
  shell: "rollerblade/brain-mask:1.0.0",
} as const;

/** Whether there is a cluster; the executor itself finds it through `KUBECONFIG`. */
export const findCluster = async (): Promise<boolean> => {
  process.env.KUBECONFIG ||= kubeconfig();
  return (await clusterIsUp()) && (await findVersitygw()) !== null;
};

/** Starts the servers, a bucket that Pods reach, and makes a namespace in which only restricted Pods may run. */
export const startClusterWorld = async (settings: Readonly<Record<string, unknown>> = {}): Promise<ClusterWorld> => {
  const host = await ownAddress();
  const s3 = await startVersitygw((await findVersitygw()) ?? "", host);
  const port = await freePort(host);
  const namespace = `executor-test-${randomBytes(4).toString("hex")}`;
  const cluster = await connectCluster();
  await prepareNamespace(cluster, namespace);
  const stagingUrl = `http://${host}:${port}`;
  const config = {
    executor: "kubernetes",
    namespace,
    stagingImage: testImages.rollerblade,
    stagingUrl,
    images: "by-name",
    ...settings,
  };
  const environment = {
    ROLLERBLADE_OBJECTS: s3.url,
    ROLLERBLADE_HOST: host,
    ROLLERBLADE_PORT: String(port),
    KUBECONFIG: kubeconfig(),
    ...variablesOf(config),
  };
  const world = await startSchedulerWorld(environment, { bucketFolder: s3.bucketFolder, timeoutMs: 400_000 });
  const pathOf = (what: Kind): string =>
    `${what === "jobs" ? "/apis/batch/v1" : "/api/v1"}/namespaces/${namespace}/${what}`;
  return {
    ...world,
    cluster,
    namespace,
    stagingUrl,
    config,
    start: (more = {}) => world.start({ ...config, ...more }),
    list: async (what) => z.object({ items: z.array(listed) }).parse(await cluster.call({ path: pathOf(what) })).items,
    remove: async (what, name) => {
      await cluster.call({
        method: "DELETE",
        path: `${pathOf(what)}/${name}`,
        body: { propagationPolicy: "Background" },
      });
    },
    stop: async () => {
      await world.halt();
      await cluster.call({ method: "DELETE", path: `/api/v1/namespaces/${namespace}` });
      cluster.close();
      await world.stop();
      await s3.stop();
    },
  };
};

/** Makes a namespace in which only restricted Pods may run, with the account of analyses. */
export const prepareNamespace = async (cluster: ClusterClient, name: string): Promise<void> => {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await cluster.call({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name, labels } } });
  await cluster.call({
    method: "POST",
    path: `/api/v1/namespaces/${name}/serviceaccounts`,
    body: { metadata: { name: "rollerblade-analysis" }, automountServiceAccountToken: false },
  });
};

/** `stagingUrl` is `ROLLERBLADE_SCHEDULER_STAGING_URL`. */
export const variablesOf = (config: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      `ROLLERBLADE_SCHEDULER_${name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()}`,
      String(value),
    ]),
  );

/** An analysis of a few lines of shell, which copies unless another one is given. */
export const createPodAnalysis = async (
  world: Pick<ClusterWorld, "client">,
  name: string,
  options: { script?: string; image?: string; more?: string; resources?: string } = {},
): Promise<void> => {
  const { script = copy, image = testImages.shell, more = "retry: {attempts: 1}", resources = small } = options;
  const manifest = `
name: ${name}
version: 1.0.0
image: ${image}
command: ${JSON.stringify(["sh", "-c", script.replaceAll("{", "{{").replaceAll("}", "}}")])}
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {${resources}}
outputs: {copy: {name: "{entities}_desc-${name.replaceAll("-", "")}_T1w.nii.gz", content: any}}
${more}`;
  await world.client().call(schedulerRoutes.createAnalysis, { body: { manifest } });
};

const small = "cpu: 10m, memory: 64Mi, disk: 16Mi, timeout: 1m";

/** What an analysis does unless a script is given. */
export const copy = "cp $ROLLERBLADE_IN/t1w.nii.gz $ROLLERBLADE_OUT/copy.nii.gz";
