import type { LiveEvent } from "@rollerblade/client";

type Listener = (event: LiveEvent) => void;

const listeners = new Set<Listener>();

/** Calls a listener with each event of the one stream of this tab. @returns stops it */
export const listenToEvents = (listener: Listener): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Passes an event on to all who listen. */
export const passOn: Listener = (event) => {
  for (const listener of listeners) listener(event);
};
