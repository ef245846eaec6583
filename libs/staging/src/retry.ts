import pRetry from "p-retry";
import { Refused } from "./http.ts";

/** Milliseconds before the second try, and limit of the doubling; p-retry multiplies each delay by a random factor from 1 to 2. */
const delays = { minTimeout: 50, maxTimeout: 5_000, factor: 2, randomize: true } as const;

/**
 * Does something that an outage may hinder, again and again for so many seconds. What is refused for good is thrown at once.
 * @throws the last error
 */
export const retryFor = <T>(seconds: number, work: () => Promise<T>): Promise<T> =>
  pRetry(work, {
    ...delays,
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: seconds * 1000,
    shouldRetry: ({ error }) => error instanceof Refused && mayPass(error.status),
  });

/** 408 and 429 ask for another try; 0: nobody answered; from 500 on the server has a fault of its own. */
const mayPass = (status: number): boolean => status === 0 || status === 408 || status === 429 || status >= 500;
