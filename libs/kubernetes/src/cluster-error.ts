/**
 * A request that the API server refused, or that it never answered. The client's own `ApiException` prints the body and all headers;
 * this one has the sentence that the API server wrote for people.
 */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  /** HTTP status; 0 when nobody answered. */
  readonly status: number;
  /** `reason` of the `Status` object, for example `AlreadyExists`; empty where there is none. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }

  /** Whether the same request may well succeed a little later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /**
   * Reads an answer of status 400 and above. The API server sends a `Status` object (meta/v1); a proxy in front of it may send
   * anything.
   */
  static fromAnswer(status: number, body: string): ClusterError {
    try {
      const parsed: { reason?: unknown; message?: unknown } = JSON.parse(body);
      return new ClusterError(status, String(parsed.reason ?? ""), String(parsed.message ?? body));
    } catch {
      return new ClusterError(status, "", body.trim() || `status ${status}`);
    }
  }

  /** A request that got no answer, or only a part of one. `fetch` hides what happened in the cause of its error. */
  static unanswered(what: string, error: unknown): ClusterError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new ClusterError(0, "", `${what}: ${reason}`, { cause: error });
  }
}

/** Whether an error is the API server's answer with one of these statuses. */
export const hasStatus = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof ClusterError && statuses.includes(error.status);
