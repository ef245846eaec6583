export { type Batch, buildJob, type JobSettings } from "./build-job.ts";
export { type ClusterView, createClusterView } from "./cluster-view.ts";
export { createKubernetesExecutor, type KubernetesExecutor } from "./kubernetes-executor.ts";
export type { Place } from "./place.ts";
export type { PodStatus } from "./pod-status.ts";
export type { AttemptRecord, Notes, Places, Reports } from "./records.ts";
export type { Cluster } from "./remove.ts";
