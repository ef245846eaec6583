import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterClient, ClusterError } from "@rollerblade/kubernetes";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { installGoProgram } from "../../../tools/test-cluster/go-program.ts";
import { kubeconfig } from "../../../tools/test-cluster/kubectl.ts";
import { countObjects } from "./watch-load.ts";

/** Where Pods must ask to be, to run on nodes that are not there. */
export const fakePlacement = {
  nodeSelector: { "rollerblade.test/kwok": "yes" },
  tolerations: [{ key: "rollerblade.test/kwok", operator: "Exists" }],
};

/**
 * kwok keeps nodes alive, and may look at no Pod. It has nothing to do for them, and thousands of them that change at once are more than
 * it can follow: the API server ends its watch, and it lists all of them anew, again and again.
 */
const kwokUser = "rollerblade-kwok";
const rbac = "rbac.authorization.k8s.io";
const kwokRules = [
  { apiGroups: [""], resources: ["nodes", "nodes/status"], verbs: ["get", "list", "watch", "update", "patch"] },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: ["create", "get", "list", "watch", "update", "patch"],
  },
];

/** Nodes that are not there. */
export type FakeNodes = { stop(): Promise<void> };

/** What a node has room for. */
export type NodeSize = { readonly cpu: string; readonly memory: string; readonly pods: string };

const huge: NodeSize = { cpu: "4000", memory: "64Ti", pods: "20000" };

/** Makes nodes for so many Pods, thousands on each, and has kwok keep them alive. */
export const startFakeNodes = async (cluster: ClusterClient, pods: number): Promise<FakeNodes> => {
  const count = Math.max(2, Math.ceil(pods / 5_000));
  const names = Array.from({ length: count }, (_, at) => `fake-${process.pid}-${at}`);
  for (const name of names) await makeNode(cluster, name, huge);
  const kwok = await startKwok(cluster);
  return {
    async stop() {
      await kwok.stop();
      for (const name of names) await cluster.call({ method: "DELETE", path: `/api/v1/nodes/${name}` });
    },
  };
};

/** Has kwok keep all fake nodes alive. */
export const startKwok = async (cluster: ClusterClient): Promise<FakeNodes> => {
  const program = await installGoProgram("sigs.k8s.io/kwok/cmd/kwok", "v0.7.0");
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-kwok-"));
  await allowKwok(cluster);
  await writeFile(join(folder, "kubeconfig"), asUser(await readFile(kubeconfig(), "utf8"), kwokUser), { mode: 0o600 });
  const options = [
    "--manage-nodes-with-label-selector",
    "rollerblade.test/kwok=yes",
    "--node-lease-duration-seconds",
    "40",
  ];
  const kwok = spawn(program, ["--kubeconfig", join(folder, "kubeconfig"), "--manage-all-nodes=false", ...options], {
    stdio: ["ignore", "ignore", process.env.KWOK_LOG === undefined ? "ignore" : "inherit"],
  });
  process.once("exit", () => kwok.kill("SIGKILL"));
  return {
    async stop() {
      kwok.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
      for (const kind of ["clusterrolebindings", "clusterroles"])
        await cluster.call({ method: "DELETE", path: `/apis/${rbac}/v1/${kind}/${kwokUser}` });
    },
  };
};

const allowKwok = async (cluster: ClusterClient): Promise<void> => {
  const metadata = { name: kwokUser };
  const apply = (kind: string, path: string, more: object) =>
    cluster.call({
      method: "PATCH",
      path: `/apis/${rbac}/v1/${path}/${kwokUser}`,
      type: "application/apply-patch+yaml",
      query: { fieldManager: "rollerblade-benchmark", force: true },
      body: { apiVersion: `${rbac}/v1`, kind, metadata, ...more },
    });
  await apply("ClusterRole", "clusterroles", { rules: kwokRules });
  await apply("ClusterRoleBinding", "clusterrolebindings", {
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: kwokUser },
    subjects: [{ apiGroup: rbac, kind: "User", name: kwokUser }],
  });
};

const kubeconfigShape = z.looseObject({ users: z.array(z.looseObject({ user: z.looseObject({}) })) });

/** A kubeconfig whose users speak as another one. */
const asUser = (text: string, as: string): string => {
  const config = kubeconfigShape.parse(parse(text));
  return stringify({ ...config, users: config.users.map(({ user, ...one }) => ({ ...one, user: { ...user, as } })) });
};

/** A fake node, as the API wants it. */
export const fakeNode = (name: string, { cpu, memory, pods }: NodeSize) => {
  const resources = { cpu, memory, "ephemeral-storage": memory, pods };
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { ...fakePlacement.nodeSelector, "kubernetes.io/hostname": name },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints: [{ key: "rollerblade.test/kwok", value: "yes", effect: "NoSchedule" }] },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [{ type: "Ready", status: "True", reason: "Fake", message: "", ...times }],
    },
  };
};

/** Makes one; kwok has to run. */
export const makeNode = async (cluster: ClusterClient, name: string, size: NodeSize): Promise<void> => {
  const { status, ...node } = fakeNode(name, size);
  await cluster.call({ method: "POST", path: "/api/v1/nodes", body: node });
  const path = `/api/v1/nodes/${name}/status`;
  await cluster.call({ method: "PATCH", path, type: "application/merge-patch+json", body: { status } });
};

/** Removes all Jobs of a namespace with their Pods, which no node is asked for: there is none. */
export const clearNamespace = async (cluster: ClusterClient, namespace: string): Promise<void> => {
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  await cluster.call({ method: "DELETE", path, body: { propagationPolicy: "Background" } });
  const pods = {
    method: "DELETE",
    path: `/api/v1/namespaces/${namespace}/pods`,
    body: { gracePeriodSeconds: 0 },
  } as const;
  while ((await countObjects(cluster, namespace)) > 0) {
    // Ten thousand at once may take longer than an answer may: what is left goes next time, and no figure is lost for it.
    await cluster.call(pods).catch(unlessPassing);
    await sleep(500);
  }
};

const unlessPassing = (error: unknown): void => {
  if (!(error instanceof ClusterError) || !error.passing) throw error;
};
