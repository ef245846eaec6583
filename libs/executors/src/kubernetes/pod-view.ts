import { stuckBy } from "./decide.ts";
import { type Place, placeKey } from "./place.ts";
import type { PodStatus } from "./pod-status.ts";

/** The Pods that the API server last reported, by place and by uid, with the moment since which a container cannot start. */
export const createPods = () => {
  const byPlace = new Map<string, Map<string, PodStatus>>();
  const byUid = new Map<string, PodStatus>();
  const stuck = new Map<string, number>();
  let listed = false;

  const put = (pod: PodStatus): void => {
    const key = placeKey(pod);
    const there = byPlace.get(key) ?? new Map<string, PodStatus>();
    byPlace.set(key, there.set(pod.uid, pod));
    byUid.set(pod.uid, pod);
    if (stuckBy(pod) === undefined) stuck.delete(pod.uid);
    else if (!stuck.has(pod.uid)) stuck.set(pod.uid, Date.now());
  };
  const remove = (pod: PodStatus): void => {
    const key = placeKey(pod);
    const there = byPlace.get(key);
    there?.delete(pod.uid);
    if (there?.size === 0) byPlace.delete(key);
    byUid.delete(pod.uid);
    stuck.delete(pod.uid);
  };
  return {
    put,
    remove,
    /** Whether all Pods were listed once. */
    listed: (): boolean => listed,
    get: (uid: string): PodStatus | undefined => byUid.get(uid),
    at(place: Place): { readonly pods: readonly PodStatus[]; readonly stuckSince: number | null } {
      const pods = [...(byPlace.get(placeKey(place))?.values() ?? [])];
      return { pods, stuckSince: pods.map(({ uid }) => stuck.get(uid)).find((since) => since !== undefined) ?? null };
    },
    /** The places of a Job that have Pods. */
    placesOf: (job: string): readonly Place[] =>
      [...byPlace.keys()]
        .filter((key) => key.startsWith(`${job}/`))
        .map((key) => ({ job, index: Number(key.slice(job.length + 1)) })),
    /** Takes a whole list over. */
    replace(items: readonly PodStatus[]): void {
      const now = new Set(items.map(({ uid }) => uid));
      for (const pod of [...byUid.values()]) if (!now.has(pod.uid)) remove(pod);
      for (const pod of items) put(pod);
      listed = true;
    },
  };
};
