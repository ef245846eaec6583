import { type Sql, transaction } from "@rollerblade/database";
import { crashPoint } from "../crash-point.ts";
import type { TopicName } from "../topics/topics.ts";
import type { AnyHandler, Effect } from "./handlers.ts";
import { enterInbox, unhandled } from "./inbox.ts";
import type { Received } from "./received.ts";

/** Handles events and returns the ids that were handled now; the others had been handled before. Throws when nothing was done. */
export type HandleEvents = (events: readonly Received[]) => Promise<ReadonlySet<string>>;

/** Whose inbox, and who handles. */
export type InboxOptions = {
  readonly sql: Sql;
  readonly schema: string;
  readonly durable: string;
  readonly handlers: ReadonlyMap<TopicName, AnyHandler>;
  /** Whether the transactions of several calls at once follow each other in the order of the calls. */
  readonly isOrdered: boolean;
};

/** Turns of works in the order in which they were taken: one is ready once all before it have ended. */
type Turns = { take(): { readonly ready: Promise<void>; end(): void } };

const createTurns = (): Turns => {
  let last: Promise<void> = Promise.resolve();
  return {
    take() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const ready = last;
      last = promise;
      return { ready, end: () => void ready.then(resolve) };
    },
  };
};

/**
 * Handles each event exactly once, however often and wherever it is delivered: handlers prepare outside, then inbox rows, effects and
 * outbox rows are one transaction. Of several calls at once each prepares at once; ordered, what is prepared ahead neither overtakes nor
 * deadlocks with what was taken before it.
 */
export const handleOnce = (options: InboxOptions): HandleEvents => {
  const turns = createTurns();
  return async (events) => {
    const turn = turns.take();
    try {
      const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
      const ready = options.isOrdered ? turn.ready : Promise.resolve();
      return await handleFresh(options, await withoutRepeated(options, distinct), ready);
    } finally {
      turn.end();
    }
  };
};

/** Milliseconds after which a first delivery may be of an event that was published again. */
const old = 30_000;

// Looked up before the work is done for nothing; a first delivery of a new event is nearly always fresh, and the commit finds out in
// any case.
const withoutRepeated = async (
  { sql, schema, durable }: InboxOptions,
  events: readonly Received[],
): Promise<readonly Received[]> => {
  const then = Date.now() - old;
  const mayBeKnown = events.filter(({ delivery, time }) => delivery > 1 || time.getTime() < then);
  if (mayBeKnown.length === 0) return events;
  const ids = mayBeKnown.map((event) => event.id);
  const fresh = await unhandled(sql, schema, durable, ids);
  const handled = new Set(ids.filter((id) => !fresh.has(id)));
  return events.filter((event) => !handled.has(event.id));
};

const handleFresh = async (
  options: InboxOptions,
  events: readonly Received[],
  turn: Promise<void>,
): Promise<ReadonlySet<string>> => {
  if (events.length === 0) return new Set();
  const effects = await prepareAll(options.handlers, events);
  await turn;
  const ids = events.map((event) => event.id);
  const entered = await commitAll(options, ids, effects);
  crashPoint("inbox.committed");
  if (entered.size === ids.length) return entered;
  // Another replica was faster with some of them; what was prepared speaks of all, so the rest begins anew.
  return handleFresh(
    options,
    events.filter((event) => entered.has(event.id)),
    turn,
  );
};

const prepareAll = async (
  handlers: ReadonlyMap<TopicName, AnyHandler>,
  events: readonly Received[],
): Promise<readonly Effect[]> => {
  const effects: Effect[] = [];
  for (const topic of new Set(events.map((event) => event.topic))) {
    const handler = handlers.get(topic);
    if (handler === undefined) throw new Error(`Nothing handles ${topic}.`);
    effects.push(await handler(events));
  }
  return effects;
};

/** Commits inbox rows and effects when every id is fresh, else nothing; gives back the ids that are. */
const commitAll = async (
  { sql, schema, durable }: InboxOptions,
  ids: readonly string[],
  effects: readonly Effect[],
): Promise<ReadonlySet<string>> => {
  try {
    return await transaction(sql, async (tx) => {
      const entered = await enterInbox(tx, schema, durable, ids);
      if (entered.size < ids.length) throw new Overtaken(entered);
      for (const effect of effects) await effect(tx);
      crashPoint("inbox.commit");
      return entered;
    });
  } catch (error) {
    if (error instanceof Overtaken) return error.fresh;
    throw error;
  }
};

class Overtaken extends Error {
  readonly fresh: ReadonlySet<string>;

  constructor(fresh: ReadonlySet<string>) {
    super("Another replica handled some of the batch meanwhile.");
    this.fresh = fresh;
  }
}
