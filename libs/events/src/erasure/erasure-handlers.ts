import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Transaction } from "@rollerblade/database";
import type { Received } from "../consume/received.ts";
import { eraseOutbox } from "./erase-outbox.ts";
import type { Erased } from "./mentions.ts";

/** Erases what the tables of a service still say, up to a moment. It is called again and again, so it may find nothing. */
export type EraseTables = (tx: Transaction, erased: Erased, until: Date) => Promise<void>;

/**
 * Makes the handlers by which a service erases what it still says of a deleted person or dataset: first its own tables, then its outbox.
 *
 *     handlers: { …, ...erasureHandlers("tagger", eraseNotes) }
 */
export const erasureHandlers = (schema: string, eraseTables: EraseTables) => {
  const erase = async (tx: Transaction, erased: Erased, until: Date): Promise<void> => {
    await eraseTables(tx, erased, until);
    await eraseOutbox(tx, schema, erased, until);
  };
  return {
    "subject.erased": async (events: readonly Received<"subject.erased">[], tx: Transaction): Promise<void> => {
      for (const { message, time } of events)
        await erase(tx, { dataset: message.dataset, subject: message.subject }, momentOf(message.until, time));
    },
    "dataset.erased": async (events: readonly Received<"dataset.erased">[], tx: Transaction): Promise<void> => {
      for (const { message, time } of events)
        await erase(tx, { dataset: message.dataset, subject: null }, momentOf(message.until, time));
    },
  };
};

/** The moment that a message names, and never one after the message itself. */
const momentOf = (until: Timestamp | undefined, time: Date): Date => {
  const moment = until === undefined ? time : timestampDate(until);
  return moment < time ? moment : time;
};
