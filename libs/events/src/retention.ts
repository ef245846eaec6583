import { eventRetention } from "./topology/topology.ts";

const day = 24 * 60 * 60 * 1000;

/** How long published rows stay in the outbox: so far back a stream that was lost can be filled again. Milliseconds. */
export const outboxRetention = 7 * day;

/** How long an inbox remembers: longer than the stream keeps an event, else an old one could be handled again. Milliseconds. */
export const inboxRetention = eventRetention + 5 * day;
