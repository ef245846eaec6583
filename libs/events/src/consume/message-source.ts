import { setTimeout as sleep } from "node:timers/promises";
import { type ConsumerMessages, type ConsumerNotification, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { backOffMs } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";
import { watchConnection } from "../nats/watch-connection.ts";
import { type InFlightMessage, returnDelayMs } from "./in-flight.ts";
import { nextState, type SourceEvent, type SourceState } from "./source-state.ts";

/** A durable, and what to do with its messages. */
export type SourceOptions = {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly durable: string;
  /** Limit of messages that the server delivers ahead. */
  readonly prefetch: number;
  /** Takes one message; resolves when there is room for the next. */
  readonly onMessage: (item: InFlightMessage) => Promise<void>;
  /** Called when the connection breaks. */
  readonly onLost: () => void;
  /** Creates the stream and the durable where the server lost them. */
  readonly repair: () => Promise<void>;
  readonly log: Logger;
};

/** The messages of a durable, which go on after every fault. */
export type MessageSource = {
  /** Whether messages can come at this moment. */
  listening(): boolean;
  /** Ends it; no message comes after the promise has resolved. */
  stop(): Promise<void>;
};

/** Delays between attempts to open a durable that the server refuses. */
const reopening = { minMs: 500, maxMs: 3_000 } as const;

/** Milliseconds that a stop waits for a server that does not answer: for its last messages, then for the end of the pull. */
const flushTimeoutMs = 500;
const endTimeoutMs = 1_000;

/**
 * Pulls the messages of a durable until stopped. After missed heartbeats, a lost connection, a restarted server or a lost durable it
 * opens a new pull; `source-state.ts` decides when.
 */
export const openSource = (options: SourceOptions): MessageSource => {
  const { connection, durable, log } = options;
  let state: SourceState<ConsumerMessages> = { is: "opening", failures: 0 };
  let changed = Promise.withResolvers<void>();
  let losses = 0;
  const flushed = Promise.withResolvers<void>();

  const dispatch = (event: SourceEvent<ConsumerMessages>): void => {
    const before = state;
    state = nextState(before, event);
    if (state === before) return;
    // A source that is being stopped still returns what arrives, so `stop` closes that pull itself.
    if (before.is === "open" && state.is !== "closed") before.messages.close();
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const unwatch = watchConnection(connection, {
    lost: () => {
      losses += 1;
      dispatch({ type: "disconnected" });
      options.onLost();
    },
    again: () => {
      log.warn({ durable, reason: "the connection broke" }, "pulling again");
      dispatch({ type: "reconnected" });
    },
  });

  // A request to a server that dies is never answered, and the client waits half a minute for it: a change of state is faster.
  const open = async (): Promise<void> => {
    const asked = state;
    const answer = startPulling(options);
    const outcome = await Promise.race([answer.then(openedBy, failedBy), changed.promise.then(() => null)]);
    if (outcome === null || state !== asked) {
      answer.then((messages) => messages.close()).catch(() => {});
      return;
    }
    if (outcome.type === "opened") dispatch(outcome);
    else failed(outcome.error);
  };
  const failed = (error: unknown): void => {
    if (state.is !== "closed") log.warn({ err: error, durable }, "pulling failed and is tried again");
    dispatch({ type: "failed" });
  };
  const passOn = async (messages: ConsumerMessages): Promise<void> => {
    const lossesBefore = losses;
    const current = (): boolean => losses === lossesBefore;
    watchFaults(messages, (reason) => {
      if (state.is !== "open" || state.messages !== messages) return;
      log.warn({ durable, reason }, "pulling again");
      dispatch({ type: "fault" });
    });
    for await (const message of messages) {
      // What arrives while stopping is returned at once, not left to time out.
      if (state.is === "closed" && current()) message.nak(returnDelayMs);
      else if (current()) await options.onMessage({ message, current });
      // The next step of the iterator would ask the server for more.
      if (state.is === "closed") await flushed.promise;
    }
    dispatch({ type: "ended" });
  };
  const waitWhileLost = async (until: "reconnected" | "retried", failures: number): Promise<void> => {
    if (until === "reconnected") return changed.promise;
    const over = new AbortController();
    const delay = sleep(backOffMs(failures, reopening), undefined, { signal: over.signal }).catch(() => {});
    await Promise.race([delay, changed.promise]);
    over.abort();
    dispatch({ type: "retried" });
  };
  const run = async (): Promise<void> => {
    for (let at = state; at.is !== "closed"; at = state) {
      if (at.is === "opening") await open();
      else if (at.is === "open") await passOn(at.messages).catch(failed);
      else await waitWhileLost(at.until, at.failures);
    }
  };
  const running = run();

  return {
    listening: () => state.is === "open",
    stop: async () => {
      const before = state;
      dispatch({ type: "stopped" });
      unwatch();
      // What the server has sent by now is here after its answer to this.
      await Promise.race([connection.flush().catch(() => {}), sleep(flushTimeoutMs)]);
      if (before.is === "open") before.messages.close();
      flushed.resolve();
      await Promise.race([running, sleep(endTimeoutMs)]);
    },
  };
};

const openedBy = (messages: ConsumerMessages) => ({ type: "opened" as const, messages });

const failedBy = (error: unknown) => ({ type: "failed" as const, error });

const startPulling = async (options: SourceOptions): Promise<ConsumerMessages> => {
  const { connection, stream, durable, prefetch, repair } = options;
  await repair();
  const consumer = await jetstream(connection).consumers.get(stream, durable);
  return consumer.consume({ max_messages: prefetch, expires: 10_000, idle_heartbeat: 2_000 });
};

/** Notices of the client after which a pull brings no more messages. */
const faults: ReadonlySet<ConsumerNotification["type"]> = new Set([
  "heartbeats_missed",
  "consumer_not_found",
  "consumer_deleted",
  "stream_not_found",
  "no_responders",
]);

const watchFaults = async (messages: ConsumerMessages, onFault: (reason: string) => void): Promise<void> => {
  for await (const notice of messages.status()) if (faults.has(notice.type)) onFault(notice.type);
};
