import type { DeadLetterEntry, DeadLetterGroup } from "@rollerblade/client";
import { causeOf } from "@rollerblade/errors";

/** What a group is made by. */
type Letter = Pick<DeadLetterEntry, "id" | "durable" | "reason" | "headers" | "time">;

/** Whether the same consumer gave up both for one cause. */
export const isAlike = (a: Letter, b: Letter): boolean => groupOf(a) === groupOf(b);

/** Groups letters by consumer, topic and cause, the most frequent first. */
export const groupLetters = (letters: readonly Letter[]): DeadLetterGroup[] =>
  [...Map.groupBy(letters, groupOf).values()]
    .flatMap((group) => {
      const [first, ...others] = group.toSorted((a, b) => (a.time < b.time ? -1 : 1));
      if (first === undefined) return [];
      const last = others.at(-1) ?? first;
      const { durable, reason, id: newest } = last;
      return [{ durable, topic: topicOf(last), reason, count: group.length, newest, from: first.time, to: last.time }];
    })
    .sort((a, b) => b.count - a.count);

const topicOf = ({ headers }: Letter): string | null => headers["ce-type"] ?? null;

const groupOf = (letter: Letter): string => JSON.stringify([letter.durable, topicOf(letter), causeOf(letter.reason)]);
