import type { Batch } from "./build-job.ts";

/** An attempt that is to go into some Job, with everything that decides into which. */
export type Gathered = Omit<Batch, "attempts"> & { readonly attempt: string };

/** Puts what may share a Job together. */
export type Gathering = {
  add(gathered: Gathered): void;
  /** Takes one out again that has not gone yet. */
  remove(attempt: string): void;
};

/** How batches are made. */
export type GatheringOptions = {
  /** Attempts of one batch. */
  readonly maxAttempts: number;
  /** Milliseconds that a batch waits for more, when another one has only just gone. */
  readonly lingerMs: number;
  /** Whether owners have queues of their own. */
  readonly byOwner: boolean;
};

type Group = { readonly shared: Omit<Batch, "attempts">; readonly attempts: Set<string> };

/**
 * Gathers attempts of one version, priority and size, with the same command, into batches. What comes when nothing has gone for a
 * while goes at once, with whatever came in the same moment; after that a short window makes few large Jobs of many small claims.
 */
export const createGathering = (
  { maxAttempts, lingerMs, byOwner }: GatheringOptions,
  go: (batch: Batch) => void,
): Gathering => {
  const groups = new Map<string, Group>();
  const gone = new Map<string, number>();

  const flush = (key: string): void => {
    const group = groups.get(key);
    groups.delete(key);
    if (group === undefined || group.attempts.size === 0) return;
    gone.set(key, performance.now());
    const all = [...group.attempts];
    for (let at = 0; at < all.length; at += maxAttempts)
      go({ ...group.shared, attempts: all.slice(at, at + maxAttempts) });
    forgetLongGone(gone, lingerMs);
  };
  return {
    add({ attempt, ...shared }) {
      const key = keyOf(shared, byOwner);
      const group = groups.get(key);
      if (group !== undefined) return void group.attempts.add(attempt);
      groups.set(key, { shared, attempts: new Set([attempt]) });
      const quiet = performance.now() - (gone.get(key) ?? Number.NEGATIVE_INFINITY) > lingerMs;
      if (quiet) setImmediate(() => flush(key));
      else setTimeout(() => flush(key), lingerMs);
    },
    remove(attempt) {
      for (const { attempts } of groups.values()) attempts.delete(attempt);
    },
  };
};

const keyOf = ({ manifest, image, argv, memory, rank, owner }: Omit<Batch, "attempts">, byOwner: boolean): string =>
  JSON.stringify([manifest.name, manifest.version, image, argv, memory, rank, byOwner ? owner : null]);

const forgetLongGone = (gone: Map<string, number>, lingerMs: number): void => {
  for (const [key, moment] of gone) if (performance.now() - moment > lingerMs) gone.delete(key);
};
