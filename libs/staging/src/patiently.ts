import { setTimeout as sleep } from "node:timers/promises";
import { Refused } from "./http.ts";

/** Longest pause between two tries, in milliseconds. */
const longestPause = 5_000;

/** Does something that may fail for a while, again and again for so many seconds; what is refused for good is not tried again. */
export const patiently = async <T>(work: () => Promise<T>, seconds: number): Promise<T> => {
  const deadline = Date.now() + seconds * 1000;
  for (let pause = 50; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refused) || !mayPass(error.status) || Date.now() + pause > deadline) throw error;
      await sleep(pause * (0.5 + Math.random()));
    }
  }
};

/** 408 and 429 ask for it; nobody answered, or the server has a fault of its own. */
const mayPass = (status: number): boolean => status === 0 || status === 408 || status === 429 || status >= 500;
