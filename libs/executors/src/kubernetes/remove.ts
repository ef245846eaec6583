import { type ClusterClient, hasStatus } from "@rollerblade/kubernetes";
import type { PodSeen } from "./seen.ts";

/** A cluster and the namespace of the Jobs in it. */
export type Cluster = { readonly client: ClusterClient; readonly namespace: string };

/** Removes a Pod that has not come to an end by itself; one that is gone is no error. */
export const removePod = async ({ client, namespace }: Cluster, pod: PodSeen): Promise<void> => {
  if (pod.phase === "Succeeded" || pod.phase === "Failed") return;
  await client
    .call({
      method: "DELETE",
      path: `/api/v1/namespaces/${namespace}/pods/${pod.name}`,
      body: { preconditions: { uid: pod.uid } },
    })
    .catch(unlessGone);
};

/** Removes a Job with all its Pods. */
export const removeJob = async ({ client, namespace }: Cluster, name: string): Promise<void> => {
  await client
    .call({
      method: "DELETE",
      path: `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`,
      body: { propagationPolicy: "Background" },
    })
    .catch(unlessGone);
};

/** 409: another one has its name. */
const unlessGone = (error: unknown): void => {
  if (!hasStatus(error, 404, 409)) throw error;
};
