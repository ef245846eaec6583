import { Problem } from "@rollerblade/errors";
import pRetry from "p-retry";

/** Delays between retries: 200 ms, doubled each time up to 5 s, each multiplied by a random factor from 1 to 2. */
const backOff = { minTimeout: 200, factor: 2, maxTimeout: 5_000, randomize: true } as const;

/** Limits of one repeated call. */
export type RetryOptions = {
  readonly signal?: AbortSignal | undefined;
  /**
   * Tries after the first one. The default waits 20 to 40 seconds in all, longer than a service takes to restart.
   * @default 7
   */
  readonly retries?: number;
};

/**
 * Repeats a call that failed because nobody answered, or because the server is asked too often, with growing delays; any other failure
 * is thrown at once.
 * @example await retryUnavailable(() => client.call(ingestRoutes.showImport, { params: { import: id } }), { signal })
 * @throws the last failure, or the reason of the signal once it is aborted
 */
export const retryUnavailable = <T>(call: () => Promise<T>, { signal, retries = 7 }: RetryOptions = {}): Promise<T> =>
  pRetry(call, {
    ...backOff,
    retries,
    ...(signal === undefined ? {} : { signal }),
    shouldRetry: ({ error }) => signal?.aborted !== true && mayPassLater(error),
  });

/** A server that is asked too often names the seconds to wait; five times are longer than any of its windows. */
const refusedRetries = 5;

/** Longest time to wait for another try; who must wait longer is told. */
const maxRetryAfterSeconds = 30;

/**
 * Repeats a call that was refused with `too-many-requests`, each time after the seconds that the server named.
 * @throws the last refusal, and any other failure at once
 */
export const retryRefused = async <T>(call: () => Promise<T>): Promise<T> => {
  for (let left = refusedRetries; ; left -= 1) {
    try {
      return await call();
    } catch (error) {
      const seconds = error instanceof Problem ? error.retryAfterSeconds : undefined;
      if (seconds === undefined || seconds > maxRetryAfterSeconds || left === 0) throw error;
      // Others wait for the same moment.
      await sleep(seconds * 1000 * (1 + Math.random() / 4));
    }
  }
};

/**
 * Whether the call may succeed in a while: `unavailable` or `too-many-requests` of a server, a request that took too long, or `fetch`'s TypeError for a lost
 * connection.
 */
const mayPassLater = (error: unknown): boolean => {
  if (error instanceof Problem) return error.code === "unavailable" || error.code === "too-many-requests";
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "TypeError");
};

/** Waits; with the timer that browsers have, too. */
const sleep = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));
