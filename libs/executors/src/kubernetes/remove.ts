import { type ClusterClient, hasStatus } from "@rollerblade/kubernetes";
import type { PodStatus } from "./pod-status.ts";

/** A cluster and the namespace of the Jobs in it. */
export type Cluster = { readonly client: ClusterClient; readonly namespace: string };

/** Deletes a Pod that has not ended by itself; one that is gone is not an error. */
export const removePod = async ({ client, namespace }: Cluster, pod: PodStatus): Promise<void> => {
  if (pod.phase === "Succeeded" || pod.phase === "Failed") return;
  const { name, uid } = pod;
  await client.core.deleteNamespacedPod({ namespace, name, body: { preconditions: { uid } } }).catch(unlessGone);
};

/** Deletes a Job with all its Pods; one that is gone is not an error. */
export const removeJob = async ({ client, namespace }: Cluster, name: string): Promise<void> => {
  await client.batch.deleteNamespacedJob({ namespace, name, propagationPolicy: "Background" }).catch(unlessGone);
};

/** 409: another Pod has its name, so that the precondition fails. */
const unlessGone = (error: unknown): void => {
  if (!hasStatus(error, 404, 409)) throw error;
};
