import { listProcesses, proportionalOf, residentByGroup } from "./process-groups.ts";

/**
 * Milliseconds between two looks at least. A look may take a fiftieth of the time of one processor: of what it was given, not of what it
 * waited for on a busy machine, where nobody would look for half a minute otherwise.
 */
const shortest = 200;
const share = 50;

/** Ends process groups that use more memory than they may. */
export type MemoryWatch = {
  /** Calls `exceeded` once when the group uses more than so many bytes; see {@link proportionalOf}. @returns a function that stops watching */
  watch(group: number, bytes: number, exceeded: () => void): () => void;
};

/** One look at all processes serves every group; without groups nobody looks. */
export const createMemoryWatch = (): MemoryWatch => {
  const watched = new Map<number, { readonly bytes: number; readonly exceeded: () => void }>();
  let timer: NodeJS.Timeout | undefined;
  let interval = shortest;

  const look = (): void => {
    const begin = process.cpuUsage();
    const processes = listProcesses();
    const resident = residentByGroup(processes);
    for (const [group, { bytes, exceeded }] of watched) {
      // The cheap figure is never below the exact one, which costs a walk through all pages.
      if ((resident.get(group) ?? 0) <= bytes || proportionalOf(group, processes) <= bytes) continue;
      watched.delete(group);
      exceeded();
    }
    const { user, system } = process.cpuUsage(begin);
    interval = Math.max(shortest, (share * (user + system)) / 1_000);
    timer = undefined;
    schedule();
  };
  const schedule = (): void => {
    if (timer !== undefined || watched.size === 0) return;
    timer = setTimeout(look, interval);
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
