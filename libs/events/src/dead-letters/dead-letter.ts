import { createHash } from "node:crypto";
import { JetStreamApiCodes, JetStreamApiError, type JetStreamClient } from "@nats-io/jetstream";
import { crashPoint } from "../crash-point.ts";

/** An event that a consumer gave up, with everything that is needed to understand it and to try again. */
export type DeadLetter = {
  /** `<durable>.<event id>`: one consumer gives up one event once. */
  readonly id: string;
  /** Who gave up. */
  readonly durable: string;
  /** Id of the event. */
  readonly event: string;
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly deliveries: number;
  readonly reason: string;
  /** Of the error and what caused it; empty where nobody caught one. */
  readonly stack: string;
  /** Of the original message. */
  readonly headers: Readonly<Record<string, string>>;
  /** The original body in base64; null where it was too large to be kept twice, and lies in the stream only. */
  readonly body: string | null;
  /** When it was given up, ISO 8601. */
  readonly time: string;
};

/** The stream of dead letters. */
export const deadLetterStream = "DEAD_LETTERS";

/** The id of the letter of one durable and one event. */
export const deadLetterId = (durable: string, event: string): string => `${durable}.${token(event)}`;

/** The subject that holds the letter with this id, and never more than that one. */
export const deadLetterSubject = (id: string): string => `rollerblade.dead-letter.${id}`;

/**
 * Stores the letter of a consumer that knows its error. It takes the place of an older letter of the same event, since the
 * stream keeps one a subject.
 */
export const storeDeadLetter = async (
  stream: JetStreamClient,
  letter: DeadLetter,
  maxPayload: number,
): Promise<void> => {
  await stream.publish(deadLetterSubject(letter.id), textOf(letter, maxPayload));
  crashPoint("dead-letter.stored");
};

/** Stores a letter that is made of the server's advisory, unless the consumer itself has written one, which knows more. */
export const storeAdvisedLetter = async (
  stream: JetStreamClient,
  letter: DeadLetter,
  maxPayload: number,
): Promise<void> => {
  try {
    await stream.publish(deadLetterSubject(letter.id), textOf(letter, maxPayload), {
      expect: { lastSubjectSequence: 0 },
    });
  } catch (error) {
    if (!isThere(error)) throw error;
  }
  crashPoint("dead-letter.stored");
};

/** Headers and subject need room beside the text, in bytes. */
const reservedBytes = 4096;

const textOf = (letter: DeadLetter, maxPayload: number): string => {
  const whole = JSON.stringify(letter);
  return whole.length < maxPayload - reservedBytes ? whole : JSON.stringify({ ...letter, body: null });
};

/** The stack of an error and of its causes; limited, because a letter has a size. */
export const stackOf = (error: unknown): string => stacks(error).join("\ncaused by: ").slice(0, 16_384);

const stacks = (error: unknown): string[] => {
  if (!(error instanceof Error)) return error === undefined ? [] : [String(error)];
  return [error.stack ?? error.message, ...stacks(error.cause)];
};

const isThere = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;

// A foreign publisher may name its events with dots, spaces or wildcards, which a subject's token cannot hold.
const token = (event: string): string =>
  /^[A-Za-z0-9_-]{1,128}$/.test(event) ? event : createHash("sha256").update(event).digest("hex");
