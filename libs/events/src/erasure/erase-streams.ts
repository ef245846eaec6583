import {
  type Consumer,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type DeadLetter, deadLetterStream, deadLetterSubject } from "../dead-letters/dead-letter.ts";
import { deadLetterFrom } from "../dead-letters/read-dead-letter.ts";
import { parseSubject } from "../topics/subject.ts";
import { type TopicName, topics } from "../topics/topics.ts";
import type { Topology } from "../topology/topology.ts";
import { type Erased, mentions } from "./mentions.ts";

/** What became of an erasure in the streams. */
export type StreamErasure = {
  /** Messages that spoke of it and are gone; without those that asked for the erasure itself. */
  readonly erased: number;
  /** Durables that have not handled all of it yet; their messages stay until they have. */
  readonly waitingFor: readonly string[];
};

/** Deletions of single messages that are under way at once. */
const concurrentDeletions = 64;

/** Topics that ask for the erasure: of them a new one comes with each round. */
const asking: ReadonlySet<TopicName> = new Set(["subject.erased", "dataset.erased"]);

/** Topics of a whole dataset that hold nothing but its name, which those who were away still have to receive. */
const kept: ReadonlySet<TopicName> = new Set(["dataset.deleted", "dataset.erased"]);

/**
 * Erases what the streams say of a person or a dataset. The server overwrites each message in its file with random bytes (`STREAM.MSG.DELETE`
 * without `no_erase`) instead of only forgetting where it lies. What one of our own consumers has not handled yet stays, so that the
 * deletion itself reaches everybody.
 * @param until moment up to which messages are erased; later ones speak of a new beginning
 */
export const eraseStreams = async (
  connection: NatsConnection,
  topology: Topology,
  erased: Erased,
  until: Date,
): Promise<StreamErasure> => {
  const manager = await jetstreamManager(connection);
  const behind = await durablesBehind(manager, topology);
  const handled = Math.min(...behind.map(({ handled }) => handled), Number.POSITIVE_INFINITY);
  const subjects = subjectsAbout(erased.dataset);
  const found = (await Promise.all(subjects.map((subject) => findEvents(connection, subject, erased, until)))).flat();
  await deleteMessages(
    manager,
    "EVENTS",
    found.map(({ sequence }) => sequence).filter((sequence) => sequence <= handled),
  );
  const letters = await findLetters(manager, erased, until);
  await deleteMessages(manager, deadLetterStream, letters);
  const commandsLeft = await dropHandledCommands(manager);
  const waits = commandsLeft || found.some(({ sequence }) => sequence > handled);
  return {
    erased: found.filter(({ topic }) => !asking.has(topic)).length + letters.length,
    waitingFor: waits ? behind.map(({ name }) => name) : [],
  };
};

/** The declared durables of the stream of facts that have not handled everything, each with the sequence up to which it has. */
const durablesBehind = async (
  manager: JetStreamManager,
  { durables }: Topology,
): Promise<readonly { readonly name: string; readonly handled: number }[]> => {
  const all = await Promise.all(
    durables
      .filter(({ stream }) => stream === "EVENTS")
      .map(async ({ name, stream }) => {
        const info = await manager.consumers.info(stream, name);
        const isDone = info.num_pending === 0 && info.num_ack_pending === 0;
        return { name, handled: isDone ? Number.POSITIVE_INFINITY : info.ack_floor.stream_seq };
      }),
  );
  return all.filter(({ handled }) => Number.isFinite(handled));
};

type FoundEvent = { readonly sequence: number; readonly topic: TopicName };

/** What services and other teams published about a dataset. */
const subjectsAbout = (dataset: string): readonly string[] => [
  `rollerblade.*.*.${dataset}`,
  `rollerblade.from.*.*.*.${dataset}`,
];

const findEvents = async (
  connection: NatsConnection,
  published: string,
  { subject }: Erased,
  until: Date,
): Promise<readonly FoundEvent[]> => {
  const consumer = await jetstream(connection).consumers.get("EVENTS", {
    filter_subjects: [published],
    deliver_policy: DeliverPolicy.All,
  });
  const found: FoundEvent[] = [];
  const take = (message: JsMsg): void => {
    const topic = parseSubject(message.subject)?.topic;
    if (topic === undefined || message.time > until || !isAbout(topic, message.data, subject)) return;
    found.push({ sequence: message.seq, topic });
  };
  try {
    await readAll(consumer, take);
  } finally {
    await consumer.delete();
  }
  return found;
};

/** Reads what a consumer has not delivered yet. What expires meanwhile never comes: a request that brings nothing is the end. */
const readAll = async (consumer: Consumer, take: (message: JsMsg) => void): Promise<void> => {
  let left = (await consumer.info()).num_pending;
  while (left > 0) {
    const before = left;
    left = 0;
    for await (const message of await consumer.fetch({ max_messages: Math.min(before, 1_000), expires: 5_000 })) {
      left = message.info.pending;
      take(message);
    }
  }
};

/** A message that cannot be decoded is about everybody. */
const isAbout = (topic: TopicName, body: Uint8Array, subject: string | null): boolean => {
  if (subject === null) return !kept.has(topic);
  try {
    return mentions(topics[topic].decode(body), subject);
  } catch {
    return true;
  }
};

/** Finds dead letters, which hold whole events, reasons and stacks. */
const findLetters = async (manager: JetStreamManager, erased: Erased, until: Date): Promise<number[]> => {
  const found: number[] = [];
  for (let sequence = 1; ; ) {
    const query = { seq: sequence, next_by_subj: deadLetterSubject("*.*") };
    const next = await manager.direct.getMessage(deadLetterStream, query);
    if (next === null) return found;
    if (next.time <= until && isLetterAbout(next, erased)) found.push(next.seq);
    sequence = next.seq + 1;
  }
};

const isLetterAbout = (stored: Parameters<typeof deadLetterFrom>[0], { dataset, subject }: Erased): boolean => {
  const letter = letterIn(stored);
  if (letter === null || parseSubject(letter.subject)?.dataset !== dataset) return false;
  if (subject === null || letter.body === null) return true;
  const topic = parseSubject(letter.subject)?.topic;
  const body = Buffer.from(letter.body, "base64");
  return mentions([letter.reason, letter.stack], subject) || topic === undefined || isAbout(topic, body, subject);
};

const letterIn = (stored: Parameters<typeof deadLetterFrom>[0]): DeadLetter | null => {
  try {
    return deadLetterFrom(stored);
  } catch {
    return null;
  }
};

const deleteMessages = async (
  manager: JetStreamManager,
  stream: string,
  sequences: readonly number[],
): Promise<void> => {
  for (let at = 0; at < sequences.length; at += concurrentDeletions)
    await Promise.all(
      sequences.slice(at, at + concurrentDeletions).map((sequence) => deleteMessage(manager, stream, sequence)),
    );
};

/** A message may have gone meanwhile, by its age or in an earlier round. */
const deleteMessage = async (manager: JetStreamManager, stream: string, sequence: number): Promise<void> => {
  try {
    await manager.streams.deleteMessage(stream, sequence, true);
  } catch (error) {
    if ((await manager.streams.getMessage(stream, { seq: sequence })) !== null) throw error;
  }
};

/**
 * Drops what handled commands left in the files of their queue: a message that was acknowledged is forgotten and not overwritten. Once the
 * queue is empty, everything up to its last command is purged, which makes its files anew; a command that comes meanwhile stays.
 * @returns whether commands still wait
 */
const dropHandledCommands = async (manager: JetStreamManager): Promise<boolean> => {
  const { state } = await manager.streams.info("COMMANDS");
  if (state.messages > 0) return true;
  if (state.last_seq > 0) await manager.streams.purge("COMMANDS", { seq: state.last_seq + 1 });
  return false;
};
