import { setTimeout as sleep } from "node:timers/promises";

/** The `code` of an S3 error, or nothing. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** A server that keeps files answers the last one while somebody else deletes in the same folder. */
const transient: readonly string[] = ["InternalError", "ServiceUnavailable", "SlowDown", "ExistingObjectIsDirectory"];
const attempts = 4;

/** Does a request that may be repeated again when the server says that it only stumbled. */
export const withRetries = async <T>(request: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (attempt === attempts || !transient.includes(codeOf(error))) throw error;
      await sleep(20 * 4 ** attempt * (0.5 + Math.random()));
    }
  }
};
