import { type ClusterClient, hasStatus, reflect } from "@rollerblade/kubernetes";
import type { Logger } from "@rollerblade/telemetry";
import { labels } from "./build-job.ts";
import { stuckBy } from "./decide.ts";
import { type JobSeen, type PodSeen, type RefusalSeen, seeJob, seePod, seeRefusal } from "./seen.ts";

/** An index of a Job. */
export type Place = { readonly job: string; readonly index: number };

/** What is known of one place in the cluster. */
export type PlaceView = {
  readonly job: JobSeen | null;
  readonly pods: readonly PodSeen[];
  readonly refusal: RefusalSeen | null;
  readonly stuckSince: number | null;
};

/** Our Jobs and Pods as the API server last told them. */
export type ClusterView = {
  /** Follows the cluster until the signal aborts; `changed` hears of every place at which something happened. */
  follow(changed: (place: Place) => void): Promise<void>;
  /** Null until everything was listed once. */
  at(place: Place): PlaceView | null;
  jobs(): readonly JobSeen[];
  /** Asks the API server itself. @returns null when there is no such Job */
  lookUpJob(name: string): Promise<JobSeen | null>;
  /** A Pod as it was last seen, or as it is when it, or its address where that is asked for, is not known yet; null when there is none. */
  pod(name: string, uid: string, withAddress: boolean): Promise<PodSeen | null>;
  /** Remembers a Job that was made just now. */
  made(job: JobSeen): void;
};

/** What a view needs. */
export type ViewParts = {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly installation: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** The key of a place in maps. */
export const placeKey = ({ job, index }: Place): string => `${job}/${index}`;

/** A view of nothing yet. */
export const createClusterView = ({ client, namespace, installation, log, signal }: ViewParts): ClusterView => {
  const jobs = new Map<string, JobSeen>();
  const pods = new Map<string, Map<string, PodSeen>>();
  const byUid = new Map<string, PodSeen>();
  const refusals = new Map<string, RefusalSeen>();
  const stuck = new Map<string, number>();
  const ready = { jobs: false, pods: false };
  const ours = { labelSelector: `${labels.installation}=${installation}` };
  const below = (group: string, what: string): string => `${group}/namespaces/${namespace}/${what}`;
  const [jobPath, podPath] = [below("/apis/batch/v1", "jobs"), below("/api/v1", "pods")];

  const put = (pod: PodSeen): void => {
    const key = placeKey(pod);
    const there = pods.get(key) ?? new Map<string, PodSeen>();
    pods.set(key, there.set(pod.uid, pod));
    byUid.set(pod.uid, pod);
    if (stuckBy(pod) === undefined) stuck.delete(pod.uid);
    else if (!stuck.has(pod.uid)) stuck.set(pod.uid, Date.now());
  };
  const drop = (pod: PodSeen): void => {
    const key = placeKey(pod);
    const there = pods.get(key);
    there?.delete(pod.uid);
    byUid.delete(pod.uid);
    if (there?.size === 0) pods.delete(key);
    stuck.delete(pod.uid);
  };
  /** Everybody who waits for this Job's Pods is asked again. */
  const placesOf = (job: string): Place[] =>
    [...pods.keys()]
      .filter((key) => key.startsWith(`${job}/`))
      .map((key) => ({ job, index: Number(key.slice(job.length + 1)) }));

  const failed = (what: string) => (error: unknown) => {
    log.warn({ err: error, what }, "the cluster cannot be watched; it is tried again");
  };
  return {
    async follow(changed) {
      await Promise.all([
        reflect(client, {
          path: jobPath,
          query: ours,
          signal,
          digest: seeJob,
          failed: failed("jobs"),
          changed: (job) => void jobs.set(job.name, job),
          removed: ({ name }) => {
            jobs.delete(name);
            refusals.delete(name);
            for (const place of placesOf(name)) changed(place);
          },
          listed: (items) => {
            // One that was made while the list was on its way is younger than it.
            const young = [...jobs.values()].filter(({ created }) => created > Date.now() - 60_000);
            jobs.clear();
            for (const job of [...young, ...items]) jobs.set(job.name, job);
            for (const job of refusals.keys()) if (!jobs.has(job)) refusals.delete(job);
            ready.jobs = true;
          },
        }),
        reflect(client, {
          path: podPath,
          query: ours,
          signal,
          digest: seePod,
          failed: failed("pods"),
          changed: (pod) => {
            put(pod);
            changed(pod);
          },
          removed: (pod) => {
            drop(pod);
            changed(pod);
          },
          listed: (items) => {
            const now = new Set(items.map(({ uid }) => uid));
            for (const pod of [...byUid.values()]) if (!now.has(pod.uid)) drop(pod);
            for (const pod of items) put(pod);
            ready.pods = true;
            for (const pod of items) changed(pod);
          },
        }),
        reflect(client, {
          path: below("/api/v1", "events"),
          query: { fieldSelector: "reason=FailedCreate,involvedObject.kind=Job" },
          signal,
          digest: seeRefusal,
          failed: failed("events"),
          changed: (refusal) => void refusals.set(refusal.job, refusal),
          // An Event is forgotten after an hour; what it told may still be so.
          removed: () => {},
          listed: (items) => {
            for (const refusal of items) if (jobs.has(refusal.job)) refusals.set(refusal.job, refusal);
          },
        }),
      ]);
    },
    at(place) {
      if (!ready.jobs || !ready.pods) return null;
      const there = [...(pods.get(placeKey(place))?.values() ?? [])];
      const since = there.map(({ uid }) => stuck.get(uid)).find((moment) => moment !== undefined);
      return {
        job: jobs.get(place.job) ?? null,
        pods: there,
        refusal: refusals.get(place.job) ?? null,
        stuckSince: since ?? null,
      };
    },
    jobs: () => [...jobs.values()],
    async lookUpJob(name) {
      try {
        const job = seeJob(await client.call({ path: `${jobPath}/${name}` }));
        jobs.set(name, job);
        return job;
      } catch (error) {
        if (hasStatus(error, 404)) return null;
        throw error;
      }
    },
    async pod(name, uid, withAddress) {
      const known = byUid.get(uid);
      if (known !== undefined && (known.addresses.length > 0 || !withAddress)) return known;
      try {
        const pod = seePod(await client.call({ path: `${podPath}/${name}` }));
        return pod?.uid === uid ? pod : null;
      } catch (error) {
        if (hasStatus(error, 404)) return null;
        throw error;
      }
    },
    made: (job) => void jobs.set(job.name, job),
  };
};
