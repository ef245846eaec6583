import { z } from "zod";
import { containers } from "./build-job.ts";

/** Where a container stands. */
export type ContainerSeen =
  | { readonly state: "waiting"; readonly reason: string; readonly message: string }
  | { readonly state: "running"; readonly startedAt: number }
  | {
      readonly state: "terminated";
      readonly exitCode: number;
      readonly signal: number;
      readonly reason: string;
      readonly message: string;
    };

/** As much of a Pod as decides anything; times in milliseconds. */
export type PodSeen = {
  readonly name: string;
  readonly uid: string;
  readonly job: string;
  readonly index: number;
  readonly created: number;
  readonly phase: string;
  /** For what the Pod as a whole was ended, such as `DeadlineExceeded` or `Evicted`. */
  readonly reason: string;
  readonly message: string;
  readonly addresses: readonly string[];
  /** When it will be gone, if somebody deletes it. */
  readonly deleting: number | null;
  /** Why the cluster takes it away: preemption, a drained or lost node. */
  readonly disrupted: string | null;
  /** Why no node takes it. */
  readonly unschedulable: string | null;
  readonly stageIn: ContainerSeen | null;
  readonly analysis: ContainerSeen | null;
  readonly stageOut: ContainerSeen | null;
};

/** As much of a Job as decides anything. */
export type JobSeen = {
  readonly name: string;
  readonly uid: string;
  readonly created: number;
  readonly suspended: boolean;
  readonly finished: boolean;
  /** Its indexes: as many Pods are left of it when it has finished, and more where some were repeated. */
  readonly size: number;
  /** Indexes, as `1,3-5`. */
  readonly completed: string;
  readonly failed: string;
};

const text = z.string().default("");
const time = z.iso.datetime().transform((value) => Date.parse(value));
const state = z.object({
  waiting: z.object({ reason: text, message: text }).optional(),
  running: z.object({ startedAt: time.optional() }).optional(),
  terminated: z.object({ exitCode: z.int(), signal: z.int().default(0), reason: text, message: text }).optional(),
});
const statuses = z.array(z.object({ name: z.string(), state: state.default({}) })).default([]);

const pod = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: time,
    deletionTimestamp: time.optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
      .default([]),
  }),
  status: z
    .object({
      phase: text,
      reason: text,
      message: text,
      podIPs: z.array(z.object({ ip: z.string() })).default([]),
      conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: text, message: text })).default([]),
      initContainerStatuses: statuses,
      containerStatuses: statuses,
    })
    .prefault({}),
});

/** What a Pod of ours looks like; null for one that is part of no Job. */
export const seePod = (object: unknown): PodSeen | null => {
  const { metadata, status } = pod.parse(object);
  const owner = metadata.ownerReferences.find(({ kind, controller }) => kind === "Job" && controller === true);
  const index = Number(metadata.annotations["batch.kubernetes.io/job-completion-index"] ?? Number.NaN);
  if (owner === undefined || !Number.isInteger(index)) return null;
  const condition = (type: string, wanted: string) =>
    status.conditions.find((one) => one.type === type && one.status === wanted);
  const disruption = condition("DisruptionTarget", "True");
  const unplaced = condition("PodScheduled", "False");
  const all = [...status.initContainerStatuses, ...status.containerStatuses];
  const container = (name: string): ContainerSeen | null => {
    const found = all.find((one) => one.name === name);
    return found === undefined ? null : seeContainer(found.state);
  };
  return {
    name: metadata.name,
    uid: metadata.uid,
    job: owner.name,
    index,
    created: metadata.creationTimestamp,
    phase: status.phase,
    reason: status.reason,
    message: status.message,
    addresses: status.podIPs.map(({ ip }) => ip),
    deleting: metadata.deletionTimestamp ?? null,
    disrupted: disruption === undefined ? null : `${disruption.reason}: ${disruption.message}`,
    unschedulable: unplaced === undefined ? null : unplaced.message || unplaced.reason,
    stageIn: container(containers.stageIn),
    analysis: container(containers.analysis),
    stageOut: container(containers.stageOut),
  };
};

const seeContainer = ({ waiting, running, terminated }: z.output<typeof state>): ContainerSeen | null => {
  if (terminated !== undefined) return { state: "terminated", ...terminated };
  if (running !== undefined) return { state: "running", startedAt: running.startedAt ?? 0 };
  return waiting === undefined ? null : { state: "waiting", ...waiting };
};

const job = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), creationTimestamp: time }),
  spec: z.object({ suspend: z.boolean().default(false), completions: z.int().default(1) }),
  status: z
    .object({
      completedIndexes: text,
      failedIndexes: text,
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .prefault({}),
});

/** What a Job looks like. */
export const seeJob = (object: unknown): JobSeen => {
  const { metadata, spec, status } = job.parse(object);
  return {
    name: metadata.name,
    uid: metadata.uid,
    created: metadata.creationTimestamp,
    suspended: spec.suspend,
    finished: status.conditions.some(
      ({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True",
    ),
    size: spec.completions,
    completed: status.completedIndexes,
    failed: status.failedIndexes,
  };
};

/** Whether a list such as `1,3-5` names an index. */
export const namesIndex = (list: string, index: number): boolean =>
  list.split(",").some((range) => {
    if (range === "") return false;
    const [first, last = first] = range.split("-").map(Number);
    return first !== undefined && last !== undefined && first <= index && index <= last;
  });

const event = z.object({
  metadata: z.object({ uid: z.string() }),
  involvedObject: z.object({ kind: text, name: text }),
  reason: text,
  message: text,
  firstTimestamp: time.nullish(),
  eventTime: z.string().nullish(),
});

/** The cluster's refusal to make Pods of a Job. */
export type RefusalSeen = {
  readonly uid: string;
  readonly job: string;
  readonly message: string;
  readonly since: number;
};

/** A refusal, when an Event tells of one. */
export const seeRefusal = (object: unknown): RefusalSeen | null => {
  const { metadata, involvedObject, reason, message, firstTimestamp, eventTime } = event.parse(object);
  if (involvedObject.kind !== "Job" || reason !== "FailedCreate") return null;
  const since = firstTimestamp ?? (eventTime ? Date.parse(eventTime) : Date.now());
  return { uid: metadata.uid, job: involvedObject.name, message, since };
};
