/** Collects what comes while the hands are full, and hands it over together. */
export type Batcher<T, R> = (item: T) => Promise<R>;

type Waiting<T, R> = {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Groups calls into batches without ever waiting for more: the first goes at once, and whatever arrives meanwhile makes the
 * next batch. One transaction then serves as many calls as there are.
 * @param handle gets at most `most` items and answers one result each, in their order; when it throws, each call throws
 */
export const createBatcher = <T, R>(
  most: number,
  handle: (items: readonly T[]) => Promise<readonly R[]>,
): Batcher<T, R> => {
  const queue: Waiting<T, R>[] = [];
  let busy = false;

  const work = async (): Promise<void> => {
    busy = true;
    while (queue.length > 0) await settle(queue.splice(0, most), handle);
    busy = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (!busy) queueMicrotask(() => void (busy ? undefined : work()));
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
    for (const { reject } of batch) reject(error);
  }
};
