import { jetstreamManager } from "@nats-io/jetstream";
import { headers, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { type DeadLetter, deadLetterStream, deadLetterSubject } from "../dead-letters/dead-letter.ts";
import { deadLetterFrom } from "../dead-letters/read-dead-letter.ts";
import { replayedLetter } from "../dead-letters/replay-subject.ts";
import { headerNames } from "../topics/event-headers.ts";
import { permanent } from "./failure.ts";
import type { EventMessage } from "./received.ts";

/** The message that an event stood in at first, and for a replay the sequence of its dead letter. */
export type OriginalMessage = { readonly message: EventMessage; readonly letter: number | null };

/**
 * The original of a message. A replay carries no body: whoever asks for one cannot choose what is to be handled, only which dead letter,
 * and that was written by this durable itself.
 * @returns null for a replay whose letter is gone, because it was handled meanwhile
 * @throws HandlingFailure permanent when the letter has no body and the stream has lost it too
 */
export const originalMessage = async (
  connection: NatsConnection,
  message: EventMessage,
): Promise<OriginalMessage | null> => {
  const id = replayedLetter(message.subject);
  if (id === null) return { message, letter: null };
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const stored = await manager.direct.getMessage(deadLetterStream, { last_by_subj: deadLetterSubject(id) });
  if (stored === null) return null;
  const letter = deadLetterFrom(stored);
  const data = letter.body === null ? await bodyInStream(connection, letter) : Buffer.from(letter.body, "base64");
  const info = { ...message.info, stream: letter.stream, streamSequence: letter.sequence };
  return {
    message: { subject: letter.subject, headers: headersOf(letter), data, time: message.time, info },
    letter: stored.seq,
  };
};

const headersOf = (letter: DeadLetter): MsgHdrs => {
  const made = headers();
  for (const [name, value] of Object.entries(letter.headers)) if (!name.startsWith("Nats-")) made.set(name, value);
  made.set(headerNames.id, letter.event);
  return made;
};

const bodyInStream = async (connection: NatsConnection, { stream, sequence }: DeadLetter): Promise<Uint8Array> => {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const stored = await manager.direct.getMessage(stream, { seq: sequence });
  if (stored !== null) return stored.data;
  throw permanent(`The body of the event is no longer in the stream ${stream}, so it cannot be handled again.`);
};
