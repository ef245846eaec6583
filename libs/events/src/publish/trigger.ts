/** A sleeper that can be woken, and that never misses being woken while it was busy. */
export type Wake = {
  now(): void;
  stop(): void;
  stopped(): boolean;
  /** Returns when woken or stopped (also when that happened before), or after so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
};

/** Makes one. */
export const createWake = (): Wake => {
  let woken = false;
  let over = false;
  let ring = (): void => {};
  return {
    now: () => {
      woken = true;
      ring();
    },
    stop: () => {
      over = true;
      ring();
    },
    stopped: () => over,
    wait: async (milliseconds) => {
      if (!woken && !over) await sleepUntil(milliseconds, (wakeUp) => (ring = wakeUp));
      woken = false;
    },
  };
};

const sleepUntil = (milliseconds: number, register: (wakeUp: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    register(() => {
      clearTimeout(timer);
      resolve();
    });
  });
