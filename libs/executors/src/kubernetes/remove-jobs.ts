import type { ClusterView } from "./cluster-view.ts";
import type { JobStatus } from "./job-status.ts";
import type { Places } from "./records.ts";
import { type Cluster, removeJob } from "./remove.ts";

/** What removing Jobs needs. */
export type RemoveJobsParts = {
  readonly cluster: Cluster;
  readonly view: Pick<ClusterView, "jobs">;
  readonly places: Pick<Places, "jobsInUse">;
  /** Pods of finished Jobs that may stay; see `finishedPods` of the settings. */
  readonly maxFinishedPods: number;
};

/** Milliseconds after which a Job in which nothing runs any more is removed before it has finished. */
const idleMs = 60_000;

/** Removes Jobs that nobody needs any more. Called periodically. */
export const createJobRemoval = ({ cluster, view, places, maxFinishedPods }: RemoveJobsParts) => {
  const idleSince = new Map<string, number>();

  const removeIdle = async (): Promise<void> => {
    const open = view.jobs().filter(({ finished }) => !finished);
    const inUse = await places.jobsInUse(open.map(({ name }) => name));
    for (const name of idleSince.keys()) if (inUse.has(name)) idleSince.delete(name);
    for (const { name } of open) {
      if (inUse.has(name)) continue;
      const since = idleSince.get(name) ?? Date.now();
      idleSince.set(name, since);
      if (Date.now() - since < idleMs) continue;
      await removeJob(cluster, name);
      idleSince.delete(name);
    }
  };
  const removeSurplus = async (): Promise<void> => {
    const names = surplusJobs(view.jobs(), maxFinishedPods).map(({ name }) => name);
    if (names.length === 0) return;
    const inUse = await places.jobsInUse(names);
    for (const name of names) if (!inUse.has(name)) await removeJob(cluster, name);
  };
  return async (): Promise<void> => {
    await removeIdle();
    await removeSurplus();
  };
};

/** The finished Jobs that are too many: all but the latest ones, whose Pods together are at most `maxPods`. */
export const surplusJobs = (jobs: readonly JobStatus[], maxPods: number): readonly JobStatus[] => {
  const latestFirst = jobs.filter(({ finished }) => finished).toSorted((a, b) => b.created - a.created);
  let pods = 0;
  return latestFirst.filter(({ size }) => {
    pods += size;
    return pods > maxPods;
  });
};
