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
 * Stores a letter unless it is there already: the one of the consumer itself knows the error, and comes before the one that is made of
 * the server's advisory.
 */
export const storeDeadLetter = async (
  stream: JetStreamClient,
  letter: DeadLetter,
  maxPayload: number,
): Promise<void> => {
  const whole = JSON.stringify(letter);
  const text = whole.length < maxPayload - 4096 ? whole : JSON.stringify({ ...letter, body: null });
  try {
    await stream.publish(deadLetterSubject(letter.id), text, { expect: { lastSubjectSequence: 0 } });
  } catch (error) {
    if (!isThere(error)) throw error;
  }
  crashPoint("dead-letter.stored");
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
