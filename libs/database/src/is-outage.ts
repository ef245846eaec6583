/**
 * Whether the database (or another server) is away for a moment, so that trying again helps; PostgreSQL's classes 08 and 53, and 57P.
 * A name that nobody knows counts: in a cluster it comes and goes with what is behind it.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && outages.test(error.code);

const outages =
  /^(CONNECTION_(CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|08...|53...|57P..)$/;
