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
 * Repeats a call that failed because nobody answered, with growing delays; any other failure is thrown at once.
 * @example await retryUnavailable(() => client.call(ingestRoutes.showImport, { params: { import: id } }), { signal })
 * @throws the last failure, or the reason of the signal once it is aborted
 */
export const retryUnavailable = <T>(call: () => Promise<T>, { signal, retries = 7 }: RetryOptions = {}): Promise<T> =>
  pRetry(call, {
    ...backOff,
    retries,
    ...(signal === undefined ? {} : { signal }),
    shouldRetry: ({ error }) => signal?.aborted !== true && isUnavailable(error),
  });

/**
 * Whether nobody answered: `unavailable` of a server, a request that took too long, or `fetch`'s TypeError for a lost
 * connection.
 */
const isUnavailable = (error: unknown): boolean => {
  if (error instanceof Problem) return error.code === "unavailable";
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "TypeError");
};
