import type { CoreV1Event, V1Job, V1Pod } from "@kubernetes/client-node";
import { hasStatus, type Reflection, reflect } from "@rollerblade/kubernetes";
import type { Logger } from "@rollerblade/telemetry";
import { labels } from "./build-job.ts";
import { type JobStatus, jobStatus } from "./job-status.ts";
import { createJobs } from "./job-view.ts";
import type { Place } from "./place.ts";
import { type PodStatus, podStatus } from "./pod-status.ts";
import { createPods } from "./pod-view.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import type { Cluster } from "./remove.ts";

/** What is known of one place in the cluster. */
export type PlaceView = {
  /** Null when there is certainly no such Job. */
  readonly job: JobStatus | null;
  /** Every Pod that was created for this index, disrupted ones too. */
  readonly pods: readonly PodStatus[];
  /** Why the cluster creates no Pods of the Job. */
  readonly refusal: Refusal | null;
  /** Since when, in milliseconds since 1970, a container of a Pod cannot start. */
  readonly stuckSince: number | null;
};

/** Our Jobs and Pods as the API server last reported them. */
export type ClusterView = {
  /** Follows the cluster until the signal aborts, and calls `changed` for every place at which something happened. */
  follow(changed: (place: Place) => void): Promise<void>;
  /** Null until everything was listed once. */
  at(place: Place): PlaceView | null;
  jobs(): readonly JobStatus[];
  /** Reads a Job from the API server; null when there is none. */
  lookUpJob(name: string): Promise<JobStatus | null>;
  /**
   * A Pod as it was last reported. It is read from the API server when it is not known yet, or its address is asked for and not
   * known yet; null when there is none.
   */
  pod(name: string, uid: string, withAddress: boolean): Promise<PodStatus | null>;
  /** Remembers a Job that was created just now. */
  made(job: JobStatus): void;
};

/** What a view needs. */
export type ViewParts = Cluster & {
  readonly installation: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Creates a view that knows nothing until it follows the cluster. */
export const createClusterView = ({ client, namespace, installation, log, signal }: ViewParts): ClusterView => {
  const jobs = createJobs();
  const pods = createPods();
  const ours = { labelSelector: `${labels.installation}=${installation}` };
  const failed = (what: string) => (error: unknown) => {
    log.warn({ err: error, what }, "the cluster cannot be watched; it is tried again");
  };
  return {
    async follow(changed) {
      const jobReflection: Reflection<V1Job, JobStatus> = {
        path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
        query: ours,
        digest: jobStatus,
        changed: jobs.put,
        removed: ({ name }) => {
          jobs.remove(name);
          // Everybody who waits for this Job's Pods looks again.
          for (const place of pods.placesOf(name)) changed(place);
        },
        listed: jobs.replace,
        failed: failed("jobs"),
        signal,
      };
      const podReflection: Reflection<V1Pod, PodStatus> = {
        path: `/api/v1/namespaces/${namespace}/pods`,
        query: ours,
        digest: podStatus,
        changed: (pod) => {
          pods.put(pod);
          changed(pod);
        },
        removed: (pod) => {
          pods.remove(pod);
          changed(pod);
        },
        listed: (items) => {
          pods.replace(items);
          for (const pod of items) changed(pod);
        },
        failed: failed("pods"),
        signal,
      };
      const refusalReflection: Reflection<CoreV1Event, Refusal> = {
        path: `/api/v1/namespaces/${namespace}/events`,
        query: { fieldSelector: "reason=FailedCreate,involvedObject.kind=Job" },
        digest: refusalOf,
        changed: jobs.refuse,
        // An Event is forgotten after an hour; what it reported may still be so.
        removed: () => {},
        listed: (items) => {
          for (const refusal of items) if (jobs.get(refusal.job) !== null) jobs.refuse(refusal);
        },
        failed: failed("events"),
        signal,
      };
      await Promise.all([
        reflect(client, jobReflection),
        reflect(client, podReflection),
        reflect(client, refusalReflection),
      ]);
    },
    at(place) {
      if (!jobs.listed() || !pods.listed()) return null;
      return { job: jobs.get(place.job), refusal: jobs.refusal(place.job), ...pods.at(place) };
    },
    jobs: jobs.all,
    async lookUpJob(name) {
      const found = await unlessMissing(client.batch.readNamespacedJob({ namespace, name }));
      if (found === null) return null;
      const job = jobStatus(found);
      jobs.put(job);
      return job;
    },
    async pod(name, uid, withAddress) {
      const known = pods.get(uid);
      if (known !== undefined && (known.addresses.length > 0 || !withAddress)) return known;
      const found = await unlessMissing(client.core.readNamespacedPod({ namespace, name }));
      const pod = found === null ? null : podStatus(found);
      return pod?.uid === uid ? pod : null;
    },
    made: jobs.put,
  };
};

const unlessMissing = async <T>(found: Promise<T>): Promise<T | null> => {
  try {
    return await found;
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
};
