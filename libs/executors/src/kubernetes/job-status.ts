import type { V1Job } from "@kubernetes/client-node";
import { type Seen, timeOf } from "./pod-status.ts";

/** What is kept of a Job: as much as decides anything. */
export type JobStatus = {
  readonly name: string;
  readonly uid: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Whether a queue has not let it in yet (`spec.suspend`). */
  readonly suspended: boolean;
  /** Whether it is complete or has failed. */
  readonly finished: boolean;
  /** Its indexes: as many Pods are left of it when it has finished, and more where some were repeated. */
  readonly size: number;
  /** Indexes that succeeded, and that failed, as `1,3-5`; see `namesIndex`. */
  readonly completed: string;
  readonly failed: string;
};

/** Reads the status of an Indexed Job. */
export const jobStatus = ({ metadata, spec, status }: Seen<V1Job>): JobStatus => ({
  name: metadata?.name ?? "",
  uid: metadata?.uid ?? "",
  created: timeOf(metadata?.creationTimestamp),
  suspended: spec?.suspend ?? false,
  finished:
    status?.conditions?.some(({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True") ??
    false,
  size: spec?.completions ?? 1,
  completed: status?.completedIndexes ?? "",
  failed: status?.failedIndexes ?? "",
});

/** Whether a list of indexes such as `1,3-5` holds an index. */
export const namesIndex = (list: string, index: number): boolean =>
  list.split(",").some((range) => {
    if (range === "") return false;
    const [first, last = first] = range.split("-").map(Number);
    return first !== undefined && last !== undefined && first <= index && index <= last;
  });
