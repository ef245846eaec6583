import { parseManifest } from "@rollerblade/analysis";
import { connectCluster } from "@rollerblade/kubernetes";
import { type Answer, type ApiServer, sendJson, startApiServer } from "@rollerblade/kubernetes/testing";
import { createLogger } from "@rollerblade/telemetry";
import type { Attempt } from "../../executor.ts";
import type { JobStatus } from "../job-status.ts";
import type { PodStatus } from "../pod-status.ts";
import type { Cluster } from "../remove.ts";

/** A namespace of an API server that answers as a test wants. */
export type TestCluster = {
  readonly cluster: Cluster;
  readonly server: ApiServer;
  /** Method and last part of the path of everything that was asked, in its order: `DELETE job-a`. */
  requests(): string[];
  stop(): Promise<void>;
};

/** Starts the server; without an answer of its own it agrees to everything, and its Pods have logged "the end". */
export const startTestCluster = async (answer: Answer = agree): Promise<TestCluster> => {
  const server = await startApiServer(answer);
  const client = await connectCluster({ kubeconfig: server.kubeconfig });
  return {
    cluster: { client, namespace: "analyses" },
    server,
    requests: () => server.received.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`),
    async stop() {
      client.close();
      await server.stop();
    },
  };
};

/** Agrees to whatever is asked. */
export const agree: Answer = ({ method, path, body }, response) => {
  if (path.endsWith("/log")) response.end("the end");
  else sendJson(response, method === "POST" ? JSON.parse(body) : {});
};

/** Logs nothing. */
export const silentLog = createLogger("test", { level: "silent" });

const manifest = parseManifest(`
name: brain-mask
version: 1.2.0
image: example.org/brain-mask:1
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {cpu: 500m, memory: 2Gi, timeout: 60s}
outputs: {mask: {name: "{entities}_desc-brain_mask.nii.gz"}}
`);

/** An attempt at a mask of one scan. */
export const testAttempt = (id: string): Attempt => ({
  ...{ id, execution: `execution-of-${id}`, manifest, parameters: {}, code: "image:sha256:00", folder: null },
  slice: {
    slice: { level: "scan", dataset: "ds", subject: "01", session: null, scan: "sub-01/anat/sub-01_T1w.nii.gz" },
    ...{ inputs: [], entities: {}, datatype: "anat" },
  },
  ...{ image: "example.org/brain-mask:1", memory: 2 ** 31, traceparent: "", rank: 1, owner: "ada" },
});

/** The status of a Job of one index. */
export const testJob = (name: string): JobStatus => ({
  ...{ name, uid: "u", created: 0, suspended: false, finished: false, size: 1, completed: "", failed: "" },
});

/** The status of a Pod that waits for its node. */
export const testPod = (change: Partial<PodStatus> = {}): PodStatus => ({
  ...{ name: "pod", uid: "p", job: "job", index: 0, created: 0, phase: "Pending", reason: "", message: "" },
  ...{ addresses: [], deleting: null, disrupted: null, unschedulable: null },
  ...{ stageIn: null, analysis: null, stageOut: null },
  ...change,
});
