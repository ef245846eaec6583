import pRetry from "p-retry";

/** The `code` of an S3 error, or nothing. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Errors that pass. A server that keeps files answers the last one while somebody else deletes in the same folder. */
const transient: readonly string[] = ["InternalError", "ServiceUnavailable", "SlowDown", "ExistingObjectIsDirectory"];

/** Repeats a request that may be repeated when the server answers with an error that passes: three times, within some two seconds. */
export const withRetries = <T>(request: () => Promise<T>): Promise<T> =>
  pRetry(request, {
    retries: 3,
    minTimeout: 80,
    factor: 4,
    randomize: true,
    shouldRetry: ({ error }) => transient.includes(codeOf(error)),
  });
