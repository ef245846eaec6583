import { type JetStreamManager, jetstream, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { Problem } from "@rollerblade/errors";
import { newEventId } from "../topics/event-id.ts";
import { type DeadLetter, deadLetterStream, deadLetterSubject } from "./dead-letter.ts";
import { deadLetterFrom } from "./read-dead-letter.ts";
import { replaySubject } from "./replay-subject.ts";

/** A page of dead letters, oldest first; `next` is the `after` of the following one. */
export type DeadLetterPage = { readonly items: readonly DeadLetter[]; readonly next: string | null };

/** What people do with dead letters. */
export type DeadLetters = {
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<DeadLetterPage>;
  /** @throws Problem `not-found` */
  show(id: string): Promise<DeadLetter>;
  /**
   * Asks the consumer that gave the event up to handle it again, under the same `ce-id`, so that what was done is not done twice. The
   * consumer deletes the letter when it has handled the event, and replaces it when it fails again.
   * @throws Problem `not-found`
   */
  replay(id: string): Promise<void>;
  /**
   * Deletes the letter: nobody handles its event any more.
   * @throws Problem `not-found`
   */
  discard(id: string): Promise<void>;
};

/** The dead letters of the server behind a connection. */
export const deadLetters = (connection: NatsConnection): DeadLetters => ({
  list: async ({ limit, after = "0" }) => {
    const manager = await jetstreamManager(connection);
    const found = await collect(manager, Number(after) + 1, limit + 1);
    const shown = found.slice(0, limit);
    return { items: shown.map(deadLetterFrom), next: found.length > limit ? String(shown.at(-1)?.seq) : null };
  },
  show: async (id) => deadLetterFrom(await find(await jetstreamManager(connection), id)),
  replay: async (id) => {
    const manager = await jetstreamManager(connection);
    const stored = await find(manager, id);
    const { stream } = deadLetterFrom(stored);
    await jetstream(connection).publish(replaySubject(stream, id), "", { msgID: newEventId() });
  },
  discard: async (id) => {
    const manager = await jetstreamManager(connection);
    const { seq } = await find(manager, id);
    await deleteLetter(manager, seq);
  },
});

const collect = async (manager: JetStreamManager, from: number, most: number): Promise<StoredMsg[]> => {
  const found: StoredMsg[] = [];
  for (let sequence = from; found.length < most; ) {
    const query = { seq: sequence, next_by_subj: deadLetterSubject("*.*") };
    const next = await manager.direct.getMessage(deadLetterStream, query);
    if (next === null) break;
    found.push(next);
    sequence = next.seq + 1;
  }
  return found;
};

const find = async (manager: JetStreamManager, id: string): Promise<StoredMsg> => {
  const legible = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(id);
  const query = { last_by_subj: deadLetterSubject(id) };
  const stored = legible ? await manager.streams.getMessage(deadLetterStream, query) : null;
  if (stored !== null) return stored;
  throw new Problem({
    code: "not-found",
    message: `There is no dead letter ${id}.`,
    subject: id,
    next: "See `rollerblade dead-letters list`.",
  });
};

/** Deletes the letter with this sequence. A newer letter of the same event may have taken its place, which deleted it already. */
export const deleteLetter = async (manager: JetStreamManager, sequence: number): Promise<void> => {
  try {
    await manager.streams.deleteMessage(deadLetterStream, sequence);
  } catch (error) {
    if ((await manager.direct.getMessage(deadLetterStream, { seq: sequence })) !== null) throw error;
  }
};
