import { type FSWatcher, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How a place is followed, times in milliseconds. */
export type WatchOptions = {
  /** A folder of this machine, or null for a place that tells nothing of itself. */
  readonly folder: string | null;
  /** For so long nothing may change before it counts. @default 2000 */
  readonly quiet?: number;
  /** It is looked at after so long even when nothing was told. @default 300000; 30000 for a place that tells nothing */
  readonly poll?: number;
  readonly signal?: AbortSignal;
};

/**
 * Comes back once after each time that something may have changed, when it is quiet again; what changes while the caller is busy is
 * not missed. Being told of a change is a hint only: it is for the caller to look.
 */
export const watchChanges = async function* (options: WatchOptions): AsyncGenerator<"told" | "time"> {
  const { folder, quiet = 2_000, poll = folder === null ? 30_000 : 300_000, signal } = options;
  let [last, woken] = [0, Promise.withResolvers<void>()];
  const onChange = (): void => {
    last = Date.now();
    woken.resolve();
  };
  const isOver = (): boolean => signal?.aborted === true;
  const watcher = folder === null ? null : startWatching(folder, onChange);
  try {
    while (!isOver()) {
      const told = await Promise.race([woken.promise.then(() => true), pause(poll, signal).then(() => false)]);
      while (Date.now() - last < quiet && !isOver()) await pause(quiet, signal);
      woken = Promise.withResolvers<void>();
      if (!isOver()) yield told ? "told" : "time";
    }
  } finally {
    watcher?.close();
  }
};

/** Null where the system watches no more folders: then it is looked at from time to time. */
const startWatching = (folder: string, onChange: () => void): FSWatcher | null => {
  try {
    return watch(folder, { recursive: true }, onChange).on("error", () => {});
  } catch {
    return null;
  }
};

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  sleep(milliseconds, undefined, { ...(signal === undefined ? {} : { signal }), ref: true }).catch(() => {});
