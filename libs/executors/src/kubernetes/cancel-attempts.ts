import type { Logger } from "@rollerblade/telemetry";
import { cancelled } from "../endings.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { Places } from "./records.ts";
import { type Cluster, removeJob, removePod } from "./remove.ts";
import type { TrackedAttempt, TrackedAttempts } from "./tracked-attempts.ts";

/** What cancelling attempts needs. */
export type CancelParts = {
  readonly attempts: TrackedAttempts;
  readonly cluster: Cluster;
  readonly view: Pick<ClusterView, "at">;
  readonly places: Pick<Places, "jobsInUse">;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Milliseconds that cancellations are gathered: those of a whole run come within moments, and delete Jobs instead of Pods. */
const lingerMs = 30;

/** Milliseconds after which a cancellation that failed is tried again. */
const retryMs = 1_000;

/**
 * Gathers attempts that are to be cancelled. A Job in which nothing else runs is deleted as a whole; of others the Pods go one
 * by one. @returns a function that cancels one attempt soon
 */
export const createCancelling = (parts: CancelParts): ((tracked: TrackedAttempt) => void) => {
  const { attempts, log, signal } = parts;
  const pending = new Set<TrackedAttempt>();
  let scheduled = false;

  const schedule = (ms: number): void => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => void flush(), ms).unref();
  };
  const flush = async (): Promise<void> => {
    const gathered = [...pending].filter(attempts.has);
    pending.clear();
    let failed = false;
    try {
      await removePods(parts, gathered);
      for (const tracked of gathered) attempts.end(tracked, cancelled());
    } catch (error) {
      failed = true;
      log.warn({ err: error, attempts: gathered.length }, "attempts cannot be cancelled yet");
      for (const tracked of gathered) pending.add(tracked);
    }
    scheduled = false;
    if (pending.size > 0 && !signal.aborted) schedule(failed ? retryMs : lingerMs);
  };
  return (tracked) => {
    pending.add(tracked);
    schedule(lingerMs);
  };
};

const removePods = async ({ cluster, view, places }: CancelParts, gathered: readonly TrackedAttempt[]) => {
  const jobs = [...new Set(gathered.flatMap(({ place }) => (place == null ? [] : [place.job])))];
  const inUse = await places.jobsInUse(
    jobs,
    gathered.map(({ attempt }) => attempt.id),
  );
  for (const job of jobs) if (!inUse.has(job)) await removeJob(cluster, job);
  for (const { place } of gathered) {
    if (place == null || !inUse.has(place.job)) continue;
    for (const pod of view.at(place)?.pods ?? []) await removePod(cluster, pod);
  }
};
