import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterClient, hasStatus } from "@rollerblade/kubernetes";
import { z } from "zod";
import { kubeconfig } from "../../../tools/test-cluster/kubectl.ts";
import { fakeNode, fakePlacement, makeNode, type NodeSize } from "./kwok.ts";

/** What makes nodes for Pods that wait, and takes empty ones away. */
export type Scaler = { readonly name: string; stop(): Promise<void> };

/** A node of the pool, and how many there may be. */
const pool = { size: { cpu: "4", memory: "16Gi", pods: "110" } satisfies NodeSize, most: 20 } as const;

/** Seconds that a node is empty before it goes. */
const unneededSeconds = 5;

/**
 * Starts Kubernetes' own cluster-autoscaler with its kwok provider where it was built (`CLUSTER_AUTOSCALER`, or
 * `~/.cache/rollerblade/cluster-autoscaler`), else a stand-in. It is not a Go module that a proxy has; from its sources, branch
 * `cluster-autoscaler-release-1.35` of kubernetes/autoscaler: `CGO_ENABLED=0 go build -tags kwok -o cluster-autoscaler .`
 */
export const startScaler = async (cluster: ClusterClient, namespace: string): Promise<Scaler> => {
  const program = process.env.CLUSTER_AUTOSCALER ?? join(homedir(), ".cache", "rollerblade", "cluster-autoscaler");
  const there = await access(program).then(
    () => true,
    () => false,
  );
  return there ? startClusterAutoscaler(program, cluster, namespace) : startStandIn(cluster, namespace);
};

const startClusterAutoscaler = async (program: string, cluster: ClusterClient, namespace: string): Promise<Scaler> => {
  const node = fakeNode("pool", pool.size);
  const annotations = {
    "cluster-autoscaler.kwok.nodegroup/min-count": "0",
    "cluster-autoscaler.kwok.nodegroup/max-count": String(pool.most),
  };
  const labels = { ...node.metadata.labels, "rollerblade.test/pool": "scaled" };
  const template = { ...node, metadata: { ...node.metadata, labels, annotations } };
  const config = {
    apiVersion: "v1alpha1",
    readNodesFrom: "configmap",
    nodegroups: { fromNodeLabelKey: "rollerblade.test/pool" },
    nodes: { skipTaint: true },
    configmap: { name: "kwok-provider-templates" },
  };
  const list = { apiVersion: "v1", kind: "List", items: [template] };
  await keep(cluster, namespace, "kwok-provider-config", { config: JSON.stringify(config) });
  await keep(cluster, namespace, "kwok-provider-templates", { templates: JSON.stringify(list) });
  const flags = {
    "cloud-provider": "kwok",
    kubeconfig: kubeconfig(),
    namespace,
    "leader-elect": "false",
    address: "127.0.0.1:0",
    "scan-interval": "2s",
    "scale-down-unneeded-time": `${unneededSeconds}s`,
    "scale-down-delay-after-add": `${unneededSeconds}s`,
    "scale-down-delay-after-delete": "0s",
    // A node on which something ran a moment ago is looked at again soon, not after five minutes.
    "unremovable-node-recheck-timeout": `${unneededSeconds}s`,
    // Its kwok provider goes on counting nodes that it has removed, as nodes that do not come up; with too many of them it would rest.
    "ok-total-unready-count": "1000",
    v: process.env.AUTOSCALER_LOG ?? "0",
  };
  const child = spawn(
    program,
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    {
      stdio: ["ignore", "ignore", process.env.AUTOSCALER_LOG === undefined ? "ignore" : "inherit"],
      env: { ...process.env, KWOK_PROVIDER_MODE: "local", KUBECONFIG: kubeconfig(), POD_NAMESPACE: namespace },
    },
  );
  process.once("exit", () => child.kill("SIGKILL"));
  return { name: "cluster-autoscaler with its kwok provider", stop: async () => void child.kill("SIGKILL") };
};

const keep = async (
  cluster: ClusterClient,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> => {
  const body = { metadata: { name }, data };
  await cluster.call({ method: "POST", path: `/api/v1/namespaces/${namespace}/configmaps`, body });
};

const podList = z.object({
  items: z.array(
    z.object({
      spec: z.object({ nodeName: z.string().optional() }),
      status: z.object({
        phase: z.string(),
        conditions: z.array(z.object({ type: z.string(), reason: z.string().optional() })).default([]),
      }),
    }),
  ),
});
const nodeList = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

/** Names of the fake nodes. */
export const nodesOf = async (cluster: ClusterClient): Promise<string[]> => {
  const [[label, value] = []] = Object.entries(fakePlacement.nodeSelector);
  const answer = await cluster.call({ path: "/api/v1/nodes", query: { labelSelector: `${label}=${value}` } });
  return nodeList.parse(answer).items.map(({ metadata }) => metadata.name);
};

/** Does what an autoscaler does, for Pods of one core each. */
const startStandIn = (cluster: ClusterClient, namespace: string): Scaler => {
  const stopping = new AbortController();
  const emptySince = new Map<string, number>();
  let made = 0;
  const look = async (): Promise<void> => {
    const { items: pods } = podList.parse(await cluster.call({ path: `/api/v1/namespaces/${namespace}/pods` }));
    const nodes = await nodesOf(cluster);
    const waiting = pods.filter(({ status }) => status.conditions.some(({ reason }) => reason === "Unschedulable"));
    const open = pods.filter(({ status: { phase } }) => phase === "Pending" || phase === "Running");
    const used = new Set(open.map(({ spec }) => spec.nodeName));
    const empty = nodes.filter((name) => !used.has(name));
    const wanted = Math.ceil(waiting.length / Number(pool.size.cpu)) - empty.length;
    for (let more = Math.min(wanted, pool.most - nodes.length); more > 0; more--)
      await makeNode(cluster, `scaled-${process.pid}-${made++}`, pool.size);
    for (const name of emptySince.keys()) if (!empty.includes(name)) emptySince.delete(name);
    for (const name of empty) {
      const since = emptySince.get(name) ?? Date.now();
      emptySince.set(name, since);
      if (waiting.length > 0 || Date.now() - since < unneededSeconds * 1000) continue;
      await cluster.call({ method: "DELETE", path: `/api/v1/nodes/${name}` }).catch(unlessGone);
      emptySince.delete(name);
    }
  };
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => console.error(String(error)));
      await sleep(1_000, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    name: "a stand-in for the cluster autoscaler",
    async stop() {
      stopping.abort();
      await done;
    },
  };
};

const unlessGone = (error: unknown): void => {
  if (!hasStatus(error, 404)) throw error;
};
