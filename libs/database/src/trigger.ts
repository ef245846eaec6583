/**
 * Starts the next turn of a loop before its time, typically when a notification arrives.
 * @example while (!signal.aborted) { await work(); await trigger.wait(intervalMs, signal); }
 */
export type Trigger = {
  /** Ends the wait. One that comes while the loop works is kept, and ends the next wait at once; several count as one. */
  fire(): void;
  /** Resolves when fired, when the signal aborts, or after the delay. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
};

/** Makes a trigger for one loop. */
export const createTrigger = (): Trigger => {
  let fired = false;
  let endWait = (): void => {};
  return {
    fire: () => {
      fired = true;
      endWait();
    },
    wait: async (delayMs, signal) => {
      if (!fired && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const end = (): void => resolve();
        endWait = end;
        // A loop that waits is no reason for a process to live on.
        const timer = setTimeout(end, delayMs).unref();
        signal.addEventListener("abort", end, { once: true });
        await promise;
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
      }
      fired = false;
    },
  };
};
