/** One server-sent event; `data` is JSON and therefore one line. */
export const serverSentEvent = (id: number, event: string, data: object): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Sets the number from which a client that reconnects goes on, before there was any event. */
export const startingPoint = (id: number): string => `retry: 1000\nid: ${id}\n\n`;

/** Keeps connections open through proxies that end silent ones. */
export const heartbeat = ": still here\n\n";
