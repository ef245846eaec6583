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

/** System errors of a node that cannot give or keep what it was asked for now. */
const nodeCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS", "ENOMEM", "EMFILE", "ENFILE"]);

/**
 * Tells whether an error is of something that is away and may come back: the scheduler, the object store behind it, the network, or the
 * disk of the node. Nothing that the analysis could do better.
 */
export const isAway = (error: unknown): boolean => {
  if (error instanceof Refused) return mayPass(error.status);
  return error instanceof Error && "code" in error && nodeCodes.has(String(error.code));
};

/** 408 and 429 ask for another try; 0: nobody answered; from 500 on the server has a fault of its own. */
const mayPass = (status: number): boolean => status === 0 || status === 408 || status === 429 || status >= 500;
