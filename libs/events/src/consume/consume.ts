import { type InFlight, type InFlightMessage, trackInFlight } from "./in-flight.ts";
import { openSource, type SourceOptions } from "./message-source.ts";

/** What a loop consumes, and how. */
export type ConsumeOptions = Pick<SourceOptions, "connection" | "stream" | "durable" | "repair" | "log"> & {
  /** Milliseconds after which the server takes a silent message away. */
  readonly ackWait: number;
  /** Most messages of one call of `handle`. */
  readonly batch: number;
  /** How many calls of `handle` run at once. */
  readonly concurrency: number;
  /** Answers every message; what it throws is logged, and those messages come again. */
  readonly handle: (messages: readonly InFlightMessage[]) => Promise<void>;
};

/** A running loop. */
export type Consuming = {
  /** Whether it listens at this moment. */
  listening(): boolean;
  stopping(): boolean;
  /** Stops taking, waits at most so long for what is being handled, and hands the rest back. */
  stop(deadlineMs: number): Promise<void>;
};

/** Consumes a durable until stopped, with up to `concurrency` batches at once. */
export const startConsuming = (options: ConsumeOptions): Consuming => {
  let stopping = false;
  const inFlight = trackInFlight(options.ackWait);
  const source = openSource({
    ...options,
    prefetch: options.batch * options.concurrency,
    onLost: inFlight.connectionLost,
    onMessage: (item) => {
      inFlight.add(item);
      return inFlight.room(options.batch * options.concurrency);
    },
  });
  const workers = Promise.all(Array.from({ length: options.concurrency }, () => work(options, inFlight)));
  return {
    listening: source.listening,
    stopping: () => stopping,
    stop: async (deadlineMs) => {
      stopping = true;
      inFlight.close();
      await source.stop();
      await within(deadlineMs, workers);
      inFlight.returnAll();
    },
  };
};

const work = async (options: ConsumeOptions, inFlight: InFlight): Promise<void> => {
  for (;;) {
    const batch = await inFlight.next(options.batch);
    if (batch.length === 0) return;
    await options.handle(batch).catch((error) => {
      options.log.error({ err: error, durable: options.durable }, "a batch was not answered and comes again");
    });
    inFlight.settle(batch);
  }
};

const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
};
