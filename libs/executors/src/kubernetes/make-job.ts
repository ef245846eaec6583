import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterClient, ClusterError, hasStatus } from "@rollerblade/kubernetes";
import { type JobSeen, seeJob } from "./seen.ts";

/** What making a Job needs. */
export type MakeParts = {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** Hears what is in the way, in the cluster's own words; empty when nothing is. */
  readonly waits: (why: string) => void;
  /** Whether anybody still wants it. */
  readonly wanted: () => boolean;
};

/** Longest pause between two tries, in milliseconds. */
const longest = 10_000;

/**
 * Makes a Job, however long that takes; one of that name is the same one. A full quota, missing rights and an API server that is
 * away are waited out, because they are nobody's failure.
 * @returns null when nobody wants it any more
 * @throws ClusterError when the cluster refuses it for what it is
 */
export const makeJob = async (
  parts: MakeParts,
  job: { readonly name: string; readonly body: object },
): Promise<JobSeen | null> => {
  const { client, namespace, signal, waits, wanted } = parts;
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  for (let pause = 100; wanted() && !signal.aborted; pause = Math.min(2 * pause, longest)) {
    try {
      return seeJob(await client.call({ method: "POST", path, body: job.body }));
    } catch (error) {
      if (hasStatus(error, 409)) return seeJob(await client.call({ path: `${path}/${job.name}` }));
      if (!mayPass(error)) throw error;
      waits(error instanceof Error ? error.message : String(error));
      await sleep(pause * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return null;
};

const mayPass = (error: unknown): boolean => {
  if (!(error instanceof ClusterError)) return false;
  if (error.passing || error.status === 401) return true;
  // The service account lacks a right, the namespace is not there yet, or its quota of Jobs is used up.
  if (error.status === 403) return /quota|cannot create resource/i.test(error.message);
  return error.status === 404;
};
