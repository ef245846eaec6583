/** What the API server answered instead of doing what it was asked. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  /** HTTP status; 0 when nobody answered. */
  readonly status: number;
  /** The API's own word, for example `AlreadyExists`; empty where it gave none. */
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
}

/** Whether an error is the API server's answer with one of these statuses. */
export const hasStatus = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof ClusterError && statuses.includes(error.status);
