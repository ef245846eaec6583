import { type FSWatcher, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How a place is followed, times in milliseconds. */
export type WatchOptions = {
  /** A folder of this machine, or null for a place that reports no changes, such as a bucket. */
  readonly folder: string | null;
  /** Milliseconds without a change after which changes are reported. @default 2000 */
  readonly quiet?: number;
  /**
   * Milliseconds after which the place is due even without a reported change. @default 300000, or 30000 where changes
   * are not reported
   */
  readonly poll?: number;
  readonly signal?: AbortSignal;
};

/**
 * Yields once after each time that something may have changed, when it is quiet again; changes while the caller is busy
 * are not missed. A reported change is a hint only: the caller has to look.
 */
export const watchChanges = async function* (options: WatchOptions): AsyncGenerator<"change" | "time"> {
  const { folder, quiet = 2_000, poll = folder === null ? 30_000 : 300_000, signal } = options;
  let [last, changed] = [0, Promise.withResolvers<void>()];
  const onChange = (): void => {
    last = Date.now();
    changed.resolve();
  };
  const isOver = (): boolean => signal?.aborted === true;
  const watcher = folder === null ? null : startWatching(folder, onChange);
  try {
    while (!isOver()) {
      const isReported = await Promise.race([changed.promise.then(() => true), delay(poll, signal).then(() => false)]);
      while (Date.now() - last < quiet && !isOver()) await delay(quiet, signal);
      changed = Promise.withResolvers<void>();
      if (!isOver()) yield isReported ? "change" : "time";
    }
  } finally {
    watcher?.close();
  }
};

/** Starts a watcher; null where the system's limit of watches is reached, so that the folder is only polled. */
const startWatching = (folder: string, onChange: () => void): FSWatcher | null => {
  try {
    return watch(folder, { recursive: true }, onChange).on("error", () => {});
  } catch {
    return null;
  }
};

const delay = (milliseconds: number, signal: AbortSignal | undefined): Promise<unknown> =>
  sleep(milliseconds, undefined, { ...(signal === undefined ? {} : { signal }), ref: true }).catch(() => {});
