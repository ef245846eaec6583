import { deadLetterId } from "./dead-letter.ts";

/** The subjects of the replays that one durable is to handle; they lie in the stream that it reads. */
export const replaySubjects = (stream: string, durable: string): string => `rollerblade.replay.${stream}.${durable}.*`;

/** The subject that asks a durable to handle the event of a dead letter again; its message has no body. */
export const replaySubject = (stream: string, letterId: string): string => `rollerblade.replay.${stream}.${letterId}`;

/** The id of the dead letter that a subject asks to handle again; null for the subject of anything else. */
export const replayedLetter = (subject: string): string | null => {
  const [, durable, event] = /^rollerblade\.replay\.[A-Z]+\.([^.]+)\.([^.]+)$/.exec(subject) ?? [];
  return durable === undefined || event === undefined ? null : deadLetterId(durable, event);
};
