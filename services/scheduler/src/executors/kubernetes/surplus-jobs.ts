import type { JobSeen } from "./seen.ts";

/** The finished Jobs that are too many: all but the latest, which have so many Pods together. */
export const surplusJobs = (jobs: readonly JobSeen[], most: number): readonly JobSeen[] => {
  const latestFirst = jobs.filter(({ finished }) => finished).toSorted((a, b) => b.created - a.created);
  let pods = 0;
  return latestFirst.filter(({ size }) => {
    pods += size;
    return pods > most;
  });
};
