/** Handles one item, in a batch with others that come at the same time. */
export type Batcher<T, R> = (item: T) => Promise<R>;

/** How calls are grouped. */
export type BatchOptions = {
  /** Items of one batch, at most. */
  readonly maxItems: number;
  /**
   * Milliseconds that a batch waits for more items when another one has only just ended. In a flood, when batches have several items
   * each, they wait longer and longer, up to ten times as long. @default 0
   */
  readonly lingerMs?: number;
};

/**
 * How tasks and attempts share transactions. A transaction costs some milliseconds however little it does, so under load fifty of
 * waiting are soon earned back; two hundred items keep its locks short.
 */
export const transactionBatch: BatchOptions = { maxItems: 200, lingerMs: 50 };

/** By how much a batch of a flood may linger longer than one after a quiet time. */
const maxLingerFactor = 10;

/** A batch lingers when the one before it ended less than so many `lingerMs` ago: then more items are likely to come. */
const busyFactor = 4;

type Waiting<T, R> = {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Groups calls into batches, so that one transaction serves as many calls as there are. The first call goes at once, and whatever
 * arrives while it is handled makes the next batch.
 * @param handle returns one result for each item, in their order; when it throws it must have done nothing, since the items are then
 * handled one by one, so that a bad one fails alone
 *
 * @example
 * const finish = createBatcher(transactionBatch, (ended) => transaction(sql, (tx) => finishAll(tx, ended)));
 * await finish(attempt);
 */
export const createBatcher = <T, R>(
  { maxItems, lingerMs = 0 }: BatchOptions,
  handle: (items: readonly T[]) => Promise<readonly R[]>,
): Batcher<T, R> => {
  const queue: Waiting<T, R>[] = [];
  let busy = false;
  let endedAt = Number.NEGATIVE_INFINITY;
  let delayMs = lingerMs;

  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      const isBusy = performance.now() - endedAt < busyFactor * lingerMs;
      if (isBusy && queue.length < maxItems) await new Promise((resolve) => setTimeout(resolve, delayMs));
      const batch = queue.splice(0, maxItems);
      await settle(batch, handle);
      endedAt = performance.now();
      delayMs = batch.length > 1 ? Math.min(2 * delayMs, maxLingerFactor * lingerMs) : lingerMs;
    }
    busy = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (busy) return;
      busy = true;
      // Calls of one moment go together.
      queueMicrotask(() => void work());
    });
};

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
