import { execFile, spawn } from "node:child_process";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ClusterClient } from "@rollerblade/kubernetes";
import { kubeconfig } from "../../cluster/cluster/kubectl.ts";

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

/** Makes so many nodes for thousands of Pods each, and has kwok keep them alive. */
export const startFakeNodes = async (cluster: ClusterClient, count: number): Promise<FakeNodes> => {
  const program = await findKwok();
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-kwok-"));
  await writeFile(join(folder, "stages.yaml"), stages);
  const names = Array.from({ length: count }, (_, at) => `fake-${process.pid}-${at}`);
  for (const name of names) await makeNode(cluster, name);
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
      for (const name of names) await cluster.call({ method: "DELETE", path: `/api/v1/nodes/${name}` });
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

const makeNode = async (cluster: ClusterClient, name: string): Promise<void> => {
  const resources = { cpu: "4000", memory: "64Ti", "ephemeral-storage": "64Ti", pods: "20000" };
  const labels = { ...fakePlacement.nodeSelector, "kubernetes.io/hostname": name };
  await cluster.call({
    method: "POST",
    path: "/api/v1/nodes",
    body: {
      metadata: { name, labels, annotations: { "kwok.x-k8s.io/node": "fake" } },
      spec: { taints: [{ key: "rollerblade.test/kwok", value: "yes", effect: "NoSchedule" }] },
    },
  });
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const ready = {
    type: "Ready",
    status: "True",
    reason: "Fake",
    message: "",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  await cluster.call({
    method: "PATCH",
    path: `/api/v1/nodes/${name}/status`,
    type: "application/merge-patch+json",
    body: { status: { capacity: resources, allocatable: resources, conditions: [ready] } },
  });
};
