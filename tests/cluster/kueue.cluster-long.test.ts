import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { schedulerRoutes } from "@rollerblade/client";
import {
  type ClusterWorld,
  copy,
  createPodAnalysis,
  findCluster,
  startClusterWorld,
} from "@rollerblade/service-scheduler/testing/cluster";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { repository } from "../../tools/test-cluster/folder.ts";
import { apply, kubectl } from "../../tools/test-cluster/kubectl.ts";
import { startKueue } from "./kueue/start-kueue.ts";

await findCluster();

let stopKueue: (() => Promise<void>) | undefined;
let world: ClusterWorld;

beforeAll(async () => {
  stopKueue = await startKueue();
  world = await startClusterWorld({ queue: "{owner}", stagingMemory: 2 ** 26, keepLogs: "failed" });
  await world.start();
});
afterAll(async () => {
  await world?.stop();
  await stopKueue?.();
});

const queues = z.array(
  z.looseObject({ kind: z.string(), metadata: z.looseObject({}), spec: z.looseObject({}).optional() }),
);

/** The queue of the component, smaller, for one owner of runs, who may run everything. */
const makeQueue = async (owner: string, pods: number): Promise<void> => {
  await world.sql`insert into accounts.access_v1 (principal, admin) values (${owner}, true)`;
  const text = await readFile(join(repository, "k8s", "components", "kueue", "queues.yaml"), "utf8");
  const [flavor, cluster] = queues.parse(parseAllDocuments(text).map((document) => document.toJS()));
  const quota = [
    { name: "cpu", nominalQuota: `${20 * pods}m` },
    { name: "memory", nominalQuota: `${128 * pods}Mi` },
    { name: "ephemeral-storage", nominalQuota: `${pods}Gi` },
  ];
  const [group] = z.array(z.looseObject({ flavors: z.array(z.looseObject({})) })).parse(cluster?.spec?.resourceGroups);
  const resourceGroups = [{ ...group, flavors: [{ name: "rollerblade", resources: quota }] }];
  const spec = {
    ...cluster?.spec,
    cohortName: undefined,
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": world.namespace } },
    resourceGroups,
  };
  const local = { apiVersion: cluster?.apiVersion, kind: "LocalQueue", spec: { clusterQueue: owner } };
  const items = [
    flavor,
    { ...cluster, metadata: { name: owner }, spec },
    { ...local, metadata: { name: owner, namespace: world.namespace } },
  ];
  await apply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
};

const begin = async (analysis: string, count: number, owner: string): Promise<string> => {
  const scans = Array.from({ length: count }, (_, at) => world.scan(analysis, `${at + 10}`, `${at} of ${analysis}`));
  return world.request(analysis, await Promise.all(scans), { owner });
};

const resources = "cpu: 10m, memory: 64Mi, disk: 1Mi, timeout: 2m";
const slow = (seconds: number): string => `sleep ${seconds}; ${copy}`;

/** Lets a queue go on, lets nothing more in, or takes back what is in, too. */
const setPolicy = (queue: string, stopPolicy: "None" | "Hold" | "HoldAndDrain"): Promise<string> =>
  kubectl(["patch", "clusterqueue", queue, "--type", "merge", "--patch", JSON.stringify({ spec: { stopPolicy } })]);

const listed = z.object({ items: z.array(z.unknown()) });

/** Most Pods of an analysis that were there and had not succeeded at one moment, until the work is done. */
const maxAtOnce = async (analysis: string, work: Promise<unknown>): Promise<number> => {
  let most = 0;
  let over = false;
  void work.finally(() => {
    over = true;
  });
  while (!over) {
    const query = { labelSelector: `rollerblade.io/analysis=${analysis}`, fieldSelector: "status.phase!=Succeeded" };
    const { items } = listed.parse(
      await world.cluster.call({ path: `/api/v1/namespaces/${world.namespace}/pods`, query }),
    );
    most = Math.max(most, items.length);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return most;
};

test("a run larger than its queue's whole quota goes through it by parts", async () => {
  await makeQueue("ada", 2);
  await createPodAnalysis(world, "larger", { script: slow(5), resources });
  const work = begin("larger", 6, "ada").then((run) => world.finished(run, 6));
  const most = await maxAtOnce("larger", work);
  expect((await work).map(({ outcome }) => outcome)).toEqual(Array(6).fill("ran"));
  expect(most).toBe(2);
});

test("what waits in a queue says so, holds up no other owner's queue, and goes when there is room", async () => {
  await makeQueue("bob", 1);
  await createPodAnalysis(world, "waiting", { script: slow(5), resources });
  await createPodAnalysis(world, "passing", { resources });
  await setPolicy("bob", "Hold");
  const held = await begin("waiting", 1, "bob");
  const reasons = async () =>
    (await world.sql<{ waiting: string }[]>`select waiting from scheduler.attempts where state = 'running'`).map(
      ({ waiting }) => waiting,
    );
  await expect.poll(reasons).toEqual(["waits to be let in by the queue"]);
  expect(await world.finished(await begin("passing", 1, "ada"), 1)).toMatchObject([{ outcome: "ran" }]);
  expect(await reasons()).toEqual(["waits to be let in by the queue"]);
  await setPolicy("bob", "None");
  expect(await world.finished(held, 1)).toMatchObject([{ outcome: "ran" }]);
});

test("what a queue takes back in the middle begins again within the same attempt", async () => {
  await makeQueue("eve", 2);
  await createPodAnalysis(world, "evicted", { script: slow(12), resources });
  const run = await begin("evicted", 2, "eve");
  const pods = () => world.list("pods").then((all) => all.filter(({ metadata }) => metadata.name.includes("evicted")));
  await expect.poll(async () => (await pods()).length).toBe(2);
  await setPolicy("eve", "HoldAndDrain");
  await expect.poll(async () => (await pods()).length).toBe(0);
  await setPolicy("eve", "None");
  const tasks = await world.finished(run, 2);
  expect(tasks.map(({ outcome }) => outcome)).toEqual(["ran", "ran"]);
  for (const { id } of tasks) {
    const { history } = await world.client().call(schedulerRoutes.showTask, { params: { id } });
    expect(history?.attempts.map(({ outcome }) => outcome)).toEqual(["succeeded"]);
  }
});
