/** Whether the database (or another server) is away for a moment, so that trying again helps; PostgreSQL's classes 08 and 53, and 57P. */
export const isOutage = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && outages.test(error.code);

const outages =
  /^(CONNECTION_(CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE|08...|53...|57P..)$/;
