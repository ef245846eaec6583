import type { JobStatus } from "./job-status.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Milliseconds for which a Job that a list does not hold is kept: it may have been created while the list was on its way. Longer than
 * a list and the clocks of two machines differ.
 */
const youngMs = 60_000;

/** The Jobs that the API server last reported, with its refusals to create their Pods. */
export const createJobs = () => {
  const jobs = new Map<string, JobStatus>();
  const refusals = new Map<string, Refusal>();
  let listed = false;
  return {
    /** Whether all Jobs were listed once. */
    listed: (): boolean => listed,
    all: (): readonly JobStatus[] => [...jobs.values()],
    get: (name: string): JobStatus | null => jobs.get(name) ?? null,
    refusal: (job: string): Refusal | null => refusals.get(job) ?? null,
    put(job: JobStatus): void {
      jobs.set(job.name, job);
    },
    refuse(refusal: Refusal): void {
      refusals.set(refusal.job, refusal);
    },
    remove(name: string): void {
      jobs.delete(name);
      refusals.delete(name);
    },
    /** Takes a whole list over. */
    replace(items: readonly JobStatus[]): void {
      const young = [...jobs.values()].filter(({ created }) => created > Date.now() - youngMs);
      jobs.clear();
      for (const job of [...young, ...items]) jobs.set(job.name, job);
      for (const job of refusals.keys()) if (!jobs.has(job)) refusals.delete(job);
      listed = true;
    },
  };
};
