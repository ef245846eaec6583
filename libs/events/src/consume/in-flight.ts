import type { JsMsg } from "@nats-io/jetstream";

/** A message that the server has delivered to this process and that has not been acknowledged yet. */
export type InFlightMessage = {
  readonly message: JsMsg;
  /**
   * Whether the connection that delivered the message still stands. After it broke, the message must not be acknowledged: the server
   * may have lost the end of its stream and given the sequence to another message, which the acknowledgement would then be about.
   * The message is delivered again, and the inbox knows what was done for it.
   */
  readonly current: () => boolean;
};

/**
 * The messages in flight of one consumer. Until they are settled, the server is notified every third of `ackWait` that they are being worked
 * on (`+WPI`), so that it does not deliver them to another replica.
 *
 * The source adds messages, and as many workers as the subscription has take them in batches:
 *
 *     source: add(message); await room(limit)        worker: for (;;) settle(await next(limit))
 */
export type InFlight = {
  add(item: InFlightMessage): void;
  /** Resolves when fewer than `limit` messages wait for a worker. */
  room(limit: number): Promise<void>;
  /** Waits for a message, then takes those that wait, up to `limit`. Empty once closed: the worker ends. */
  next(limit: number): Promise<readonly InFlightMessage[]>;
  /** Forgets messages that were acknowledged, returned or dead-lettered. */
  settle(items: readonly InFlightMessage[]): void;
  /** Forgets what waits, since the server delivers it again; what a worker holds stays until it is settled. */
  connectionLost(): void;
  /** Returns what waits to the server, and lets `next` answer with nothing. */
  close(): void;
  /** Returns everything that is not settled, and no longer reports progress. */
  returnAll(): void;
};

/** Limit of the bodies of one batch, in bytes: an event may name a hundred files, and what a handler reads for it is in memory. */
const maxBatchBytes = 512 * 1024;

/** Milliseconds after which a returned message may be delivered again; long enough for a stopping process to be out of the way. */
export const returnDelayMs = 50;

/** Tracks the messages of one consumer; `ackWaitMs` is that of the durable. */
export const trackInFlight = (ackWaitMs: number): InFlight => {
  const held = new Set<InFlightMessage>();
  const queue = createBatchQueue<InFlightMessage>(({ message }) => message.data.length, maxBatchBytes);
  const progress = setInterval(() => eachCurrent(held, (message) => message.working()), ackWaitMs / 3);
  const settle = (items: readonly InFlightMessage[]): void => {
    for (const item of items) held.delete(item);
  };
  const returnToServer = (items: readonly InFlightMessage[]): void => {
    eachCurrent(items, (message) => message.nak(returnDelayMs));
    settle(items);
  };
  return {
    add: (item) => {
      held.add(item);
      queue.put(item);
    },
    room: queue.room,
    next: queue.take,
    settle,
    connectionLost: () => settle(queue.clear()),
    close: () => returnToServer(queue.close()),
    returnAll: () => {
      clearInterval(progress);
      returnToServer([...held]);
    },
  };
};

const eachCurrent = (items: Iterable<InFlightMessage>, act: (message: JsMsg) => void): void => {
  for (const { message, current } of items) if (current()) act(message);
};

/** A queue into which one side puts single items, and from which the other takes what is there in batches. */
export type BatchQueue<T> = {
  put(item: T): void;
  /** Waits for the first item, then takes up to `limit` items of about the maximal weight; nothing once closed. */
  take(limit: number): Promise<readonly T[]>;
  /** Resolves when fewer than `limit` items wait, or once closed. */
  room(limit: number): Promise<void>;
  /** Ends `take`, and returns what nobody took. */
  close(): readonly T[];
  /** Empties the queue, and returns what was in it. */
  clear(): readonly T[];
};

/**
 * Makes a queue whose batches end with the item by which they reach `maxWeight`. So a batch may weigh more than that, and an item that
 * alone is too heavy is taken all the same.
 */
export const createBatchQueue = <T>(weightOf: (item: T) => number, maxWeight: number): BatchQueue<T> => {
  let items: T[] = [];
  let closed = false;
  let changed = Promise.withResolvers<void>();
  const countOfBatch = (limit: number): number => {
    let [count, weight] = [0, 0];
    for (const item of items) {
      if (count === limit || weight >= maxWeight) break;
      count += 1;
      weight += weightOf(item);
    }
    return count;
  };
  const notifyWaiters = (): void => {
    const before = changed;
    changed = Promise.withResolvers();
    before.resolve();
  };
  const clear = (): readonly T[] => {
    const rest = items;
    items = [];
    notifyWaiters();
    return rest;
  };
  return {
    put: (item) => {
      items.push(item);
      notifyWaiters();
    },
    take: async (limit) => {
      while (items.length === 0 && !closed) await changed.promise;
      const taken = items.splice(0, countOfBatch(limit));
      notifyWaiters();
      return taken;
    },
    room: async (limit) => {
      while (items.length >= limit && !closed) await changed.promise;
    },
    close: () => {
      closed = true;
      return clear();
    },
    clear,
  };
};
