import { execFile, spawn } from "node:child_process";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { ClusterClient } from "@rollerblade/kubernetes";
import { kubeconfig } from "../../cluster/cluster/kubectl.ts";
import { countObjects } from "./watch-load.ts";

const execute = promisify(execFile);
const module = "sigs.k8s.io/kwok/cmd/kwok@v0.7.0";

/** Where Pods must ask to be, to run on nodes that are not there. */
export const fakePlacement = {
  nodeSelector: { "rollerblade.test/kwok": "yes" },
  tolerations: [{ key: "rollerblade.test/kwok", operator: "Exists" }],
};

/** By this annotation a Pod that is not there is told that its work is done. */
export const doneAnnotation = "rollerblade.test/done";

/** Pods run as soon as they have a node, end when they are told to, and go when they are deleted. */
const stages = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: run}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
      - {key: .status.podIP, operator: DoesNotExist}
  next:
    statusTemplate: |
      phase: Running
      startTime: {{ Now | Quote }}
      podIP: 10.250.0.1
      podIPs: [{ip: 10.250.0.1}]
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: done}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchAnnotations: {${doneAnnotation}: "yes"}
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
      - {key: .status.phase, operator: In, values: [Running]}
  next:
    statusTemplate: |
      phase: Succeeded
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: gone}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: Exists}
  next:
    finalizers: {empty: true}
    delete: true
`;

/** Nodes that are not there. */
export type FakeNodes = { stop(): Promise<void> };

/** What a node has room for. */
export type NodeSize = { readonly cpu: string; readonly memory: string; readonly pods: string };

const huge: NodeSize = { cpu: "4000", memory: "64Ti", pods: "20000" };

/** Makes so many nodes for thousands of Pods each, and has kwok keep them alive. */
export const startFakeNodes = async (cluster: ClusterClient, count: number): Promise<FakeNodes> => {
  const names = Array.from({ length: count }, (_, at) => `fake-${process.pid}-${at}`);
  for (const name of names) await makeNode(cluster, name, huge);
  const kwok = await startKwok();
  return {
    async stop() {
      await kwok.stop();
      for (const name of names) await cluster.call({ method: "DELETE", path: `/api/v1/nodes/${name}` });
    },
  };
};

/** Has kwok keep all fake nodes alive, and run what comes to them. */
export const startKwok = async (): Promise<FakeNodes> => {
  const program = await findKwok();
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-kwok-"));
  await writeFile(join(folder, "stages.yaml"), stages);
  const options = [
    "--manage-nodes-with-label-selector",
    "rollerblade.test/kwok=yes",
    "--node-lease-duration-seconds",
    "40",
  ];
  const kwok = spawn(
    program,
    ["--kubeconfig", kubeconfig(), "--config", join(folder, "stages.yaml"), "--manage-all-nodes=false", ...options],
    { stdio: ["ignore", "ignore", process.env.KWOK_LOG === undefined ? "ignore" : "inherit"] },
  );
  process.once("exit", () => kwok.kill("SIGKILL"));
  return {
    async stop() {
      kwok.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const findKwok = async (): Promise<string> => {
  const program = join(process.env.GOPATH || join(homedir(), "go"), "bin", "kwok");
  const there = (): Promise<boolean> =>
    access(program).then(
      () => true,
      () => false,
    );
  if (!(await there())) await execute("go", ["install", module], { timeout: 1_200_000 });
  if (!(await there())) throw new Error(`kwok is not there: go install ${module}`);
  return program;
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

/** Removes all Jobs of a namespace with their Pods, which only kwok can end: before it stops. */
export const clearNamespace = async (cluster: ClusterClient, namespace: string): Promise<void> => {
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  await cluster.call({ method: "DELETE", path, body: { propagationPolicy: "Background" } });
  while ((await countObjects(cluster, namespace)) > 0) await sleep(500);
};
