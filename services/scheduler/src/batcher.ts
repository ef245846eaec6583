import { setTimeout as sleep } from "node:timers/promises";

/** Collects what comes while the hands are full, and hands it over together. */
export type Batcher<T, R> = (item: T) => Promise<R>;

type Waiting<T, R> = {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
};

/** How calls are grouped. */
export type BatchOptions = {
  /** Most items of one batch. */
  readonly most: number;
  /**
   * Milliseconds that a batch waits for more, when another one has only just ended. In a flood, when batches have several items each, they
   * wait longer and longer, up to ten times as long. @default 0
   */
  readonly linger?: number;
};

/** By how much a batch of a flood may wait longer than one after another. */
const longest = 10;

/**
 * Groups calls into batches. The first goes at once, and whatever arrives meanwhile makes the next batch, so that one
 * transaction serves as many calls as there are. Under load a batch lingers a little, to become a larger one.
 * @param handle answers one result for each item, in their order, or does nothing and throws
 */
export const createBatcher = <T, R>(
  { most, linger = 0 }: BatchOptions,
  handle: (items: readonly T[]) => Promise<readonly R[]>,
): Batcher<T, R> => {
  const queue: Waiting<T, R>[] = [];
  let busy = false;
  let ended = Number.NEGATIVE_INFINITY;
  let patience = linger;

  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      if (linger > 0 && queue.length < most && performance.now() - ended < 4 * linger) await sleep(patience);
      const batch = queue.splice(0, most);
      await settle(batch, handle);
      ended = performance.now();
      patience = batch.length > 1 ? Math.min(2 * patience, longest * linger) : linger;
    }
    busy = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (busy) return;
      busy = true;
      queueMicrotask(() => void work());
    });
};

/** A batch that fails is tried one by one, so that one bad item fails alone. */
const settle = async <T, R>(
  batch: readonly Waiting<T, R>[],
  handle: (items: readonly T[]) => Promise<readonly R[]>,
): Promise<void> => {
  try {
    const results = await handle(batch.map(({ item }) => item));
    if (results.length !== batch.length) throw new Error(`${results.length} results for ${batch.length} items`);
    for (const [index, result] of results.entries()) batch[index]?.resolve(result);
  } catch (error) {
    if (batch.length > 1) for (const one of batch) await settle([one], handle);
    else for (const { reject } of batch) reject(error);
  }
};
