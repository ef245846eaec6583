import type { Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { isTopicName, type TopicName, topicNames } from "../topics/topics.ts";
import type { DurableDeclaration } from "../topology/topology.ts";
import type { Received } from "./received.ts";

/** Applies events of one topic, in stream order, inside the transaction that also holds their inbox rows. */
export type Apply<T extends TopicName> = (events: readonly Received<T>[], tx: Transaction) => Promise<void>;

/** A handler that needs the network or the disk first: `prepare` runs before the transaction, and `apply` gets its result. */
export type TwoSteps<T extends TopicName, P> = {
  readonly prepare: (events: readonly Received<T>[]) => Promise<P>;
  readonly apply: (events: readonly Received<T>[], tx: Transaction, prepared: P) => Promise<void>;
};

/** What `prepared` makes of a handler with two steps. */
export type PreparedHandler<T extends TopicName> = {
  readonly begin: (events: readonly Received<T>[]) => Promise<Effect>;
};

/** Either way of handling a topic. */
export type Handler<T extends TopicName> = Apply<T> | PreparedHandler<T>;

/** Handlers by topic. */
export type Handlers = { readonly [T in TopicName]?: Handler<T> };

/** What a service subscribes to, and its handlers. */
export type Subscription = {
  /** The name of a durable of the topology. */
  readonly durable: string;
  /** Most events of one transaction. @default 500 */
  readonly batch?: number;
  /** How many batches are handled at once. @default 1 */
  readonly concurrency?: number;
  /**
   * Whether the transactions of these batches follow each other in the order in which the batches were received: with a concurrency of 2
   * the next batch is prepared while one is committed. @default false
   */
  readonly isOrdered?: boolean;
  readonly handlers: Handlers;
  /** Is given each event that becomes a dead letter, before the letter is final; it may be given one twice. */
  readonly onDeadLetter?: (event: Received, reason: string) => Promise<void>;
};

/** What is left of a handler after its preparation: statements of the transaction. */
export type Effect = (tx: Transaction) => Promise<void>;

/** The handler of whichever topic: it picks its events, prepares, and gives back the effect. */
export type AnyHandler = (events: readonly Received[]) => Promise<Effect>;

/**
 * A handler with two steps: `prepared({prepare: async (events) => …, apply: async (events, tx, found) => …})`. It may be prepared
 * more than once for one event, and applied only once.
 */
export const prepared = <T extends TopicName, P>(steps: TwoSteps<T, P>): PreparedHandler<T> => ({
  begin: async (events) => {
    const found = await steps.prepare(events);
    return (tx) => steps.apply(events, tx, found);
  },
});

/** The handlers of a subscription by topic, all of one type. */
export const anyHandlers = (handlers: Handlers): ReadonlyMap<TopicName, AnyHandler> => {
  const erased = new Map<TopicName, AnyHandler>();
  const add = <T extends TopicName>(topic: T): void => {
    const handler = handlers[topic];
    if (handler !== undefined) erased.set(topic, anyHandler(topic, handler));
  };
  for (const topic of topicNames) add(topic);
  return erased;
};

const anyHandler =
  <T extends TopicName>(topic: T, handler: Handler<T>): AnyHandler =>
  async (events) => {
    const own = events.filter((event): event is Received<T> => event.topic === topic);
    return typeof handler === "function" ? (tx) => handler(own, tx) : handler.begin(own);
  };

/**
 * Refuses a subscription whose handlers are not exactly the topics of its durable: an event without a handler would be lost silently.
 * @throws Problem `invalid`
 */
export const requireHandlers = (durable: DurableDeclaration, handled: readonly string[]): void => {
  const findings = [
    ...durable.topics
      .filter((topic) => !handled.includes(topic))
      .map((where) => ({ where, message: "has no handler" })),
    ...handled
      .filter((topic) => !isTopicOf(durable, topic))
      .map((where) => ({ where, message: "is not among its topics" })),
  ];
  if (findings.length === 0) return;
  throw new Problem({
    code: "invalid",
    message: `The handlers of the durable ${durable.name} do not fit its topics: ${findings.map((one) => `${one.where} ${one.message}`).join(", ")}.`,
    subject: durable.name,
    next: "Give each of its topics a handler, or change its topics in the topology.",
    findings,
  });
};

const isTopicOf = (durable: DurableDeclaration, topic: string): boolean =>
  isTopicName(topic) && durable.topics.includes(topic);
