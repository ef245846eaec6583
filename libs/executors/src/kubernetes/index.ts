export { type Batch, buildJob, type JobSettings } from "./build-job.ts";
export { type ClusterView, createClusterView, type Place } from "./cluster-view.ts";
export { createKubernetesExecutor, type KubernetesExecutor } from "./kubernetes-executor.ts";
export type { AttemptRecord, Notes, Places, Reports } from "./records.ts";
export type { Cluster } from "./remove.ts";
export type { PodSeen } from "./seen.ts";
