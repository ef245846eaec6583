import type { Transaction } from "@rollerblade/database";
import { type Received, retryable, type ServiceEvents } from "@rollerblade/events";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import { withdrawMadeFrom } from "./withdraw.ts";

const reason = "The latest execution of its slice did not make it again.";

/**
 * Withdraws derivatives that their slice's latest execution did not make again, with everything that was made from them. One whose name
 * has a new holder by now has ended already.
 * @throws HandlingFailure retryable for one that is not known yet
 */
export const applyDropped = async (
  events: ServiceEvents,
  received: readonly Received<"derivative.dropped">[],
  tx: Transaction,
): Promise<void> => {
  await lockDatasets(
    tx,
    received.map(({ message }) => message.dataset),
  );
  const rows = await tx<{ id: string; state: string }[]>`
    select id, state from catalog.derivatives where id = any(${received.map(({ message }) => message.id)}::uuid[])`;
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  for (const event of received) {
    const { id, dataset, path } = event.message;
    const state = states.get(id);
    if (state === undefined) throw retryable(`The derivative ${path} is not known yet.`, { event });
    if (state === "in-force") await withdrawMadeFrom(tx, events, { dataset, ids: [id], reason, cause: event.cause });
  }
};
