import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { backOffMs } from "@rollerblade/errors";
import { subjectsOf } from "../topics/subject.ts";
import { type TopicName, topics } from "../topics/topics.ts";
import { type Watched, watchedOf } from "./watched-event.ts";

/** Messages that one view holds at most while its reader is slow. */
const maxBuffered = 32;
/** Delays before a broken view of the stream is made again: a server restarts within a second, mostly. */
const reopening = { minMs: 100, maxMs: 5_000 };

/** What of the stream is wanted: these topics, or all where none is named; of one dataset, or of all. */
export type Wanted = { readonly topics: readonly TopicName[]; readonly dataset: string | undefined };

const stream = "EVENTS";

/** Where a view begins: behind a known event, or behind the latest one. A number from before the stream was lost counts as none. */
export const firstSequence = async (connection: NatsConnection, after: number | undefined): Promise<number> => {
  const manager = await jetstreamManager(connection);
  const { last_seq: last } = (await manager.streams.info(stream)).state;
  return after === undefined || after > last ? last + 1 : after + 1;
};

/**
 * Every event from a place on, in order and without end, through restarts of the server; until the signal aborts. Nothing is
 * acknowledged: it is for who looks on.
 */
export const watchEvents = async function* (
  connection: NatsConnection,
  wanted: Wanted,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Watched> {
  let next = from;
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      for await (const message of consume(connection, wanted, next, signal)) {
        [next, failures] = [message.seq + 1, 0];
        const watched = watchedOf(message);
        if (watched !== null) yield watched;
      }
    } catch (error) {
      if (!signal.aborted && !isPassing(error)) throw error;
    }
    await sleep(backOffMs(Math.max(1, failures), reopening), undefined, { signal }).catch(() => {});
  }
};

const consume = async function* (
  connection: NatsConnection,
  wanted: Wanted,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<JsMsg> {
  const consumer = await jetstream(connection).consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
    filter_subjects: wantedSubjects(wanted),
    inactive_threshold: 30_000,
    // Consumers of one prefix share names, and would take each other's messages.
    name_prefix: `live_${randomUUID()}`,
  });
  const messages = await consumer.consume({ max_messages: maxBuffered });
  const stop = (): void => void messages.close();
  signal.addEventListener("abort", stop);
  try {
    if (!signal.aborted) yield* messages;
  } finally {
    signal.removeEventListener("abort", stop);
    await messages.close().catch(() => {});
    await consumer.delete().catch(() => {});
  }
};

const wantedSubjects = ({ topics: names, dataset = "*" }: Wanted): string[] => {
  const facts = names.filter((name) => topics[name].stream === stream);
  if (facts.length > 0) return facts.flatMap((name) => subjectsOf(name, dataset));
  return [`rollerblade.*.*.${dataset}`, `rollerblade.from.*.*.*.${dataset}`];
};

/** What comes right again by itself: the server restarts, the stream is being made. */
const isPassing = (error: unknown): boolean => !(error instanceof TypeError || error instanceof RangeError);
