import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@rollerblade/errors";

/** Longest pause between two tries, in milliseconds. */
const longestPause = 5_000;

/**
 * Repeats work that failed because nobody answered, with growing pauses; anything else fails at once.
 * @throws the last failure
 */
export const retrying = async <T>(work: () => Promise<T>, signal?: AbortSignal, tries = 8): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= tries || !isTransient(error)) throw error;
      const pause = Math.min(longestPause, 100 * 2 ** attempt) * (0.5 + Math.random());
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
    }
  }
};

const isTransient = (error: unknown): boolean => {
  if (error instanceof Problem) return error.code === "unavailable";
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "TypeError");
};
