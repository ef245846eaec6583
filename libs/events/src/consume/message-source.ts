import { type ConsumerMessages, type ConsumerNotification, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { backOffMs } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";
import { watchConnection } from "../nats/watch-connection.ts";
import type { InFlightMessage } from "./in-flight.ts";

/** A durable, and what to do with its messages. */
export type SourceOptions = {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly durable: string;
  /** Most messages that are asked for at once. */
  readonly prefetch: number;
  /** Takes one message; resolves when there is room for the next. */
  readonly onMessage: (item: InFlightMessage) => Promise<void>;
  /** The connection broke. */
  readonly onLost: () => void;
  /** Makes the stream and the durable anew where the server lost them. */
  readonly repair: () => Promise<void>;
  readonly log: Logger;
};

/** A stream of messages that comes back after every fault. */
export type MessageSource = {
  /** Whether it listens at this moment. */
  listening(): boolean;
  /** Ends it; no message comes after the promise has resolved. */
  stop(): Promise<void>;
};

/**
 * Pulls the messages of a durable until stopped. After missed heartbeats, a lost connection, a restarted server or a lost durable the
 * pulling is begun anew.
 */
export const openSource = (options: SourceOptions): MessageSource => {
  let stopped = false;
  let open: ConsumerMessages | null = null;
  let losses = 0;
  let change = Promise.withResolvers<void>();
  const closing = Promise.withResolvers<void>();
  const connectionChanged = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  const restartAfter = (reason: string): void => {
    options.log.warn({ durable: options.durable, reason }, "listening again");
    open?.close();
  };
  const unwatch = watchConnection(options.connection, {
    lost: () => {
      losses += 1;
      connectionChanged();
      options.onLost();
    },
    again: () => {
      connectionChanged();
      restartAfter("the connection broke");
    },
  });
  const run = async (): Promise<void> => {
    const before = losses;
    open = await unlessChanged(startPulling(options), change.promise);
    const current = (): boolean => losses === before;
    watchNotices(open, restartAfter);
    if (stopped) await open.close();
    for await (const message of open) {
      // What arrives while stopping is handed back at once, not left to time out.
      if (stopped && current()) message.nak(50);
      else if (current()) await options.onMessage({ message, current });
      // The next step would ask the server for more.
      if (stopped) await closing.promise;
    }
  };
  const loop = (async () => {
    for (let failures = 0; !stopped; ) {
      failures = await run().then(
        () => 0,
        (error) => reportFailure(options, error, failures, stopped),
      );
      open = null;
      if (!stopped && failures > 0) await pause(backOffMs(failures, { minMs: 500, maxMs: 3_000 }));
    }
  })();
  return {
    listening: () => open !== null,
    stop: async () => {
      stopped = true;
      unwatch();
      // What the server has sent by now is here after its answer to this.
      await Promise.race([options.connection.flush().catch(() => {}), pause(500)]);
      open?.close();
      closing.resolve();
      await Promise.race([loop, pause(1_000)]);
    },
  };
};

// What a server that died was asked is never answered, nor what is asked while there is none, and the patience for an answer is long.
const unlessChanged = async (starting: Promise<ConsumerMessages>, change: Promise<void>): Promise<ConsumerMessages> => {
  const started = await Promise.race([starting, change]);
  if (started !== undefined) return started;
  starting.then(
    (messages) => messages.close(),
    () => {},
  );
  throw new Error("the connection broke, or came back, before the server answered");
};

const startPulling = async ({
  connection,
  stream,
  durable,
  prefetch,
  repair,
}: SourceOptions): Promise<ConsumerMessages> => {
  await repair();
  const consumer = await jetstream(connection).consumers.get(stream, durable);
  return consumer.consume({ max_messages: prefetch, expires: 10_000, idle_heartbeat: 2_000 });
};

const reportFailure = (options: SourceOptions, error: unknown, failures: number, stopped: boolean): number => {
  if (!stopped) options.log.warn({ err: error, durable: options.durable }, "listening failed and is tried again");
  return failures + 1;
};

const faults: ReadonlySet<ConsumerNotification["type"]> = new Set([
  "heartbeats_missed",
  "consumer_not_found",
  "consumer_deleted",
  "stream_not_found",
  "no_responders",
]);

const watchNotices = async (messages: ConsumerMessages, restart: (reason: string) => void): Promise<void> => {
  for await (const notice of messages.status()) if (faults.has(notice.type)) restart(notice.type);
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
