import { setTimeout as sleep } from "node:timers/promises";
import type { V1Job } from "@kubernetes/client-node";
import { backOffMs } from "@rollerblade/errors";
import { type ClusterClient, ClusterError, hasStatus } from "@rollerblade/kubernetes";
import { type JobStatus, jobStatus } from "./job-status.ts";

/** What making a Job needs. */
export type MakeParts = {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** Receives what is in the way, in the cluster's own words; empty when nothing is. */
  readonly waits: (why: string) => void;
  /** Whether anybody still wants it. */
  readonly wanted: () => boolean;
};

/** Delays between two tries. */
const backOff = { minMs: 100, maxMs: 10_000 };

/**
 * Makes a Job, however long that takes; one of that name is the same one. A full quota, missing rights, an API server that is
 * away and a name server that does not know the staging door are waited out, because they are nobody's failure.
 * @returns null when nobody wants it any more
 * @throws ClusterError when the cluster refuses it for what it is
 */
export const makeJob = async (
  parts: MakeParts,
  job: { readonly name: string; readonly build: () => Promise<V1Job> },
): Promise<JobStatus | null> => {
  const { client, namespace, signal, waits, wanted } = parts;
  for (let failures = 1; wanted() && !signal.aborted; failures++) {
    try {
      return jobStatus(await client.batch.createNamespacedJob({ namespace, body: await job.build() }));
    } catch (error) {
      if (hasStatus(error, 409)) return jobStatus(await client.batch.readNamespacedJob({ namespace, name: job.name }));
      if (!mayPass(error)) throw error;
      waits(error instanceof Error ? error.message : String(error));
      await sleep(backOffMs(failures, backOff), undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return null;
};

const mayPass = (error: unknown): boolean => {
  if (isOfNames(error)) return true;
  if (!(error instanceof ClusterError)) return false;
  if (error.passing || error.status === 401) return true;
  // The service account lacks a right, the namespace is not there yet, or its quota of Jobs is used up.
  if (error.status === 403) return /quota|cannot create resource/i.test(error.message);
  return error.status === 404;
};

/** Whether a name could not be looked up (`dns.lookup` reports `getaddrinfo` in `syscall`). */
const isOfNames = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && error.syscall === "getaddrinfo";
