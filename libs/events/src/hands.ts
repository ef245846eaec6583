import type { InHand } from "./in-hand.ts";
import { createBuffer } from "./message-buffer.ts";

/** The messages that a loop holds, waiting or being handled; the server is told regularly that they are in good hands. */
export type Hands = {
  take(item: InHand): void;
  /** Waits until fewer than `most` messages wait to be handled. */
  room(most: number): Promise<void>;
  /** The next messages to handle, at most so many; nothing once closed. */
  next(most: number): Promise<readonly InHand[]>;
  /** These were answered. */
  release(answered: readonly InHand[]): void;
  /** The connection broke: what waits will come again, what is being handled will not be answered. */
  connectionLost(): void;
  /** Gives back what waits, and ends `next`. */
  close(): void;
  /** Gives back everything that was not answered, and ends the signs of life. */
  giveUp(): void;
};

/** Bytes of messages that are handled at once: some speak of a hundred things, and what they lead to is in memory. */
const bytesAtOnce = 512 * 1024;

/** Makes one; `ackWait` is the server's, in milliseconds. */
export const createHands = (ackWait: number): Hands => {
  const held = new Set<InHand>();
  const waiting = createBuffer<InHand>(({ message }) => message.data.length, bytesAtOnce);
  const alive = setInterval(() => each(held, ({ message }) => message.working()), ackWait / 3);
  const release = (items: Iterable<InHand>): void => {
    for (const item of items) held.delete(item);
  };
  const giveBack = (items: readonly InHand[]): void => {
    each(items, ({ message }) => message.nak(50));
    release(items);
  };
  return {
    take: (item) => {
      held.add(item);
      waiting.put(item);
    },
    room: waiting.room,
    next: waiting.take,
    release,
    connectionLost: () => release(waiting.clear()),
    close: () => giveBack(waiting.close()),
    giveUp: () => {
      clearInterval(alive);
      giveBack([...held]);
    },
  };
};

const each = (items: Iterable<InHand>, tell: (item: InHand) => void): void => {
  for (const item of items) if (item.current()) tell(item);
};
