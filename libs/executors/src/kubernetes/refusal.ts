import type { CoreV1Event } from "@kubernetes/client-node";
import { type Seen, timeOf } from "./pod-status.ts";

/** The cluster's refusal to create the Pods of a Job: a quota, an admission webhook, a missing service account. */
export type Refusal = {
  /** Of the Event that reports it. */
  readonly uid: string;
  readonly job: string;
  /** In the cluster's own words. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly since: number;
};

/** Reads a refusal; null for an Event that reports something else. */
export const refusalOf = ({ metadata, involvedObject, reason, ...event }: Seen<CoreV1Event>): Refusal | null => {
  if (involvedObject.kind !== "Job" || reason !== "FailedCreate") return null;
  const since = event.firstTimestamp ?? event.eventTime ?? undefined;
  return {
    uid: metadata.uid ?? "",
    job: involvedObject.name ?? "",
    message: event.message ?? "",
    since: since === undefined ? Date.now() : timeOf(since),
  };
};
