import { listProcesses, residentByGroup } from "./process-groups.ts";

/** Milliseconds between two looks. */
const interval = 150;

/** Ends process groups that use more memory than they may. */
export type MemoryWatch = {
  /** Calls `exceeded` once when the group's resident memory is above so many bytes. @returns a function that stops watching */
  watch(group: number, bytes: number, exceeded: () => void): () => void;
};

/** One look at all processes serves every group; without groups nobody looks. */
export const createMemoryWatch = (): MemoryWatch => {
  const watched = new Map<number, { readonly bytes: number; readonly exceeded: () => void }>();
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const resident = residentByGroup(await listProcesses());
    for (const [group, { bytes, exceeded }] of watched) {
      if ((resident.get(group) ?? 0) <= bytes) continue;
      watched.delete(group);
      exceeded();
    }
    timer = undefined;
    schedule();
  };
  const schedule = (): void => {
    if (timer !== undefined || watched.size === 0) return;
    timer = setTimeout(() => void look(), interval);
    timer.unref();
  };
  return {
    watch(group, bytes, exceeded) {
      watched.set(group, { bytes, exceeded });
      schedule();
      return () => watched.delete(group);
    },
  };
};
