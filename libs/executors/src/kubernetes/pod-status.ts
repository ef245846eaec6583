import type { V1ContainerState, V1Pod } from "@kubernetes/client-node";
import type { Wire } from "@rollerblade/kubernetes";
import { containers } from "./build-job.ts";

/** Where one container of a Pod stands (`ContainerState` of core/v1). */
export type ContainerStatus =
  | { readonly state: "waiting"; readonly reason: string; readonly message: string }
  /** `startedAt` is 0 where the kubelet has not written it yet. */
  | { readonly state: "running"; readonly startedAt: number }
  | {
      readonly state: "terminated";
      readonly exitCode: number;
      /** 0 when no signal ended it. */
      readonly signal: number;
      /** For example `OOMKilled` or `StartError`. */
      readonly reason: string;
      readonly message: string;
    };

/** What is kept of a Pod: as much as decides anything. Times are milliseconds since 1970. */
export type PodStatus = {
  readonly name: string;
  readonly uid: string;
  /** Name of its Job, and its index there. */
  readonly job: string;
  readonly index: number;
  readonly created: number;
  readonly phase: string;
  /** Why the Pod as a whole was ended, for example `DeadlineExceeded` or `Evicted`. */
  readonly reason: string;
  readonly message: string;
  readonly addresses: readonly string[];
  /** When it will be gone, if somebody deleted it. */
  readonly deleting: number | null;
  /** Why the cluster takes it away: preemption, a drained or lost node (condition `DisruptionTarget`). */
  readonly disrupted: string | null;
  /** Why no node takes it (condition `PodScheduled`). */
  readonly unschedulable: string | null;
  /** Null while the kubelet has not looked at the container. */
  readonly stageIn: ContainerStatus | null;
  readonly analysis: ContainerStatus | null;
  readonly stageOut: ContainerStatus | null;
};

/** An object of a watch, or one of the typed client. */
export type Seen<T> = T | Wire<T>;

/** Milliseconds since 1970 of a time of the API: text in watches, a `Date` from the typed client. */
export const timeOf = (time: Date | string | undefined): number => (time === undefined ? 0 : new Date(time).getTime());

/** Reads the status of a Pod; null for one that is not an index of a Job. */
export const podStatus = ({ metadata, status }: Seen<V1Pod>): PodStatus | null => {
  const owner = metadata?.ownerReferences?.find(({ kind, controller }) => kind === "Job" && controller === true);
  const index = Number(metadata?.annotations?.["batch.kubernetes.io/job-completion-index"] ?? Number.NaN);
  if (metadata === undefined || owner === undefined || !Number.isInteger(index)) return null;
  const condition = (type: string, wanted: string) =>
    status?.conditions?.find((one) => one.type === type && one.status === wanted);
  const disruption = condition("DisruptionTarget", "True");
  const unplaced = condition("PodScheduled", "False");
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const container = (name: string): ContainerStatus | null =>
    containerStatus(statuses.find((one) => one.name === name)?.state);
  return {
    name: metadata.name ?? "",
    uid: metadata.uid ?? "",
    job: owner.name,
    index,
    created: timeOf(metadata.creationTimestamp),
    phase: status?.phase ?? "",
    reason: status?.reason ?? "",
    message: status?.message ?? "",
    addresses: status?.podIPs?.map(({ ip }) => ip) ?? [],
    deleting: metadata.deletionTimestamp === undefined ? null : timeOf(metadata.deletionTimestamp),
    disrupted: disruption === undefined ? null : `${disruption.reason ?? ""}: ${disruption.message ?? ""}`,
    unschedulable: unplaced === undefined ? null : unplaced.message || (unplaced.reason ?? ""),
    stageIn: container(containers.stageIn),
    analysis: container(containers.analysis),
    stageOut: container(containers.stageOut),
  };
};

const containerStatus = (state: Seen<V1ContainerState> | undefined): ContainerStatus | null => {
  const { waiting, running, terminated } = state ?? {};
  if (terminated !== undefined) {
    const { exitCode, signal = 0, reason = "", message = "" } = terminated;
    return { state: "terminated", exitCode, signal, reason, message };
  }
  if (running !== undefined) return { state: "running", startedAt: timeOf(running.startedAt) };
  if (waiting === undefined) return null;
  return { state: "waiting", reason: waiting.reason ?? "", message: waiting.message ?? "" };
};
