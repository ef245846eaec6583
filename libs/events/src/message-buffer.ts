/** A queue between the stream and the handlers: one side puts single items, the other takes what is there, in batches. */
export type Buffer<T> = {
  put(item: T): void;
  /** Waits for the first item, then takes as many as there are, up to `most` and about so heavy; nothing once closed. */
  take(most: number): Promise<readonly T[]>;
  /** Returns when fewer than `most` items wait. */
  room(most: number): Promise<void>;
  /** Ends `take`, and gives back what nobody took. */
  close(): readonly T[];
  /** Throws away what waits. */
  clear(): readonly T[];
};

/** Makes one that gives out items until they weigh as much as `heaviest`. */
export const createBuffer = <T>(weightOf: (item: T) => number, heaviest: number): Buffer<T> => {
  let items: T[] = [];
  let closed = false;
  let changed = signal();
  const fitting = (most: number): number => {
    let [count, weight] = [0, 0];
    for (const item of items) {
      if (count === most || weight >= heaviest) break;
      count += 1;
      weight += weightOf(item);
    }
    return count;
  };
  const ring = (): void => {
    const before = changed;
    changed = signal();
    before.resolve();
  };
  const clear = (): readonly T[] => {
    const rest = items;
    items = [];
    ring();
    return rest;
  };
  return {
    put: (item) => {
      items.push(item);
      ring();
    },
    take: async (most) => {
      while (items.length === 0 && !closed) await changed.promise;
      const taken = items.splice(0, fitting(most));
      ring();
      return taken;
    },
    room: async (most) => {
      while (items.length >= most && !closed) await changed.promise;
    },
    close: () => {
      closed = true;
      return clear();
    },
    clear,
  };
};

const signal = () => Promise.withResolvers<void>();
