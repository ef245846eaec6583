import type { StoredMsg } from "@nats-io/jetstream";
import { Problem } from "@rollerblade/errors";
import type { DeadLetter } from "./dead-letter.ts";

/**
 * The letter in a message of the stream.
 * @throws Problem `internal` when somebody else wrote something else there
 */
export const deadLetterFrom = (stored: Pick<StoredMsg, "data" | "seq">): DeadLetter => {
  const value: unknown = JSON.parse(new TextDecoder().decode(stored.data));
  if (isLetter(value)) return value;
  throw new Problem({ code: "internal", message: `Message ${stored.seq} of DEAD_LETTERS is not a dead letter.` });
};

const isLetter = (value: unknown): value is DeadLetter =>
  typeof value === "object" &&
  value !== null &&
  ["id", "durable", "event", "subject", "stream", "reason", "stack", "time"].every((key) => isText(value, key));

const isText = (value: object, key: string): boolean =>
  typeof Object.getOwnPropertyDescriptor(value, key)?.value === "string";
