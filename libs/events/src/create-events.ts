import { Problem } from "@rollerblade/errors";
import { requireHandlers, type Subscription } from "./consume/handlers.ts";
import { eraseStreams } from "./erasure/erase-streams.ts";
import { eventMetrics } from "./metrics.ts";
import { outboxRow, writeOutbox } from "./publish/outbox.ts";
import { type ConnectedEvents, startEvents, startLoop, stopEvents } from "./run-events.ts";
import { type EventsOptions, type RunningEvents, requireDurable, topologyOf } from "./service-events.ts";

/** Makes the events of one service. Nothing is connected before `start`; `emit` works without. */
export const createEvents = (options: EventsOptions): RunningEvents => {
  const metrics = eventMetrics(options.registry);
  const subscriptions: Subscription[] = [];
  let running: ConnectedEvents | null = null;
  return {
    subscribe: (subscription) => {
      requireHandlers(requireDurable(options, subscription.durable), Object.keys(subscription.handlers));
      subscriptions.push(subscription);
      if (running !== null) running.loops.push(startLoop(options, metrics, running.connection, subscription));
    },
    emit: (tx, topic, message, rest = {}) => writeOutbox(tx, options.schema, [outboxRow({ topic, message, ...rest })]),
    emitAll: (tx, emissions) => writeOutbox(tx, options.schema, emissions.map(outboxRow)),
    eraseStreams: async (erased, until) => {
      if (running === null) throw new Problem({ code: "unavailable", message: "NATS is not connected yet." });
      return eraseStreams(running.connection, topologyOf(options), erased, until);
    },
    start: async () => {
      running = await startEvents(options, metrics, subscriptions);
    },
    stop: async (deadlineMs) => {
      if (running !== null) await stopEvents(running, deadlineMs);
      running = null;
    },
    ready: () => running?.connected() === true && running.loops.every((loop) => loop.listening()),
  };
};
