import { type JetStreamManager, jetstream, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { Problem } from "@rollerblade/errors";
import { headerNames } from "../topics/event-headers.ts";
import { newEventId } from "../topics/event-id.ts";
import { type DeadLetter, deadLetterStream, deadLetterSubject } from "./dead-letter.ts";
import { deadLetterFrom } from "./read-dead-letter.ts";

/** A page of dead letters, oldest first; `next` is the `after` of the following one. */
export type DeadLetterPage = { readonly items: readonly DeadLetter[]; readonly next: string | null };

/** What people do with dead letters. */
export type DeadLetters = {
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<DeadLetterPage>;
  /** @throws Problem `not-found` */
  show(id: string): Promise<DeadLetter>;
  /**
   * Publishes the event again for the consumer that gave it up: the same `ce-id`, so that what was done is not done twice, and under a new
   * `Nats-Msg-Id`, so that the stream takes it. The letter is deleted; one that the consumer writes meanwhile, because it fails again,
   * stays.
   * @throws Problem `not-found`, also when the body is no longer in the stream
   */
  replay(id: string): Promise<void>;
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
    await publishAgain(connection, manager, deadLetterFrom(stored));
    await deleteLetter(manager, stored.seq);
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

/** Deletes one letter by its sequence. A newer letter of the same event may have taken its place, which deleted it already. */
const deleteLetter = async (manager: JetStreamManager, sequence: number): Promise<void> => {
  try {
    await manager.streams.deleteMessage(deadLetterStream, sequence);
  } catch (error) {
    if ((await manager.streams.getMessage(deadLetterStream, { seq: sequence })) !== null) throw error;
  }
};

const publishAgain = async (
  connection: NatsConnection,
  manager: JetStreamManager,
  letter: DeadLetter,
): Promise<void> => {
  const replayed = headers();
  for (const [name, value] of Object.entries(letter.headers)) if (!name.startsWith("Nats-")) replayed.set(name, value);
  replayed.set(headerNames.id, letter.event);
  replayed.set(headerNames.only, letter.durable);
  const body = letter.body === null ? await bodyInStream(manager, letter) : Buffer.from(letter.body, "base64");
  await jetstream(connection).publish(letter.subject, body, { headers: replayed, msgID: newEventId() });
};

const bodyInStream = async (manager: JetStreamManager, letter: DeadLetter): Promise<Uint8Array> => {
  const stored = await manager.streams.getMessage(letter.stream, { seq: letter.sequence });
  if (stored !== null) return stored.data;
  throw new Problem({
    code: "not-found",
    message: `The body of the event is no longer in the stream ${letter.stream}, so it cannot be replayed.`,
    subject: letter.id,
    next: "Cause the event again where it came from.",
  });
};
