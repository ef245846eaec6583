import type { Queryable, Sql } from "./connect.ts";

/** Tells every listener of `channel`, when the transaction commits. A hint, never the only way: listeners poll too. */
export const notify = async (sql: Queryable, channel: string): Promise<void> => {
  await sql`select pg_notify(${channel}, '')`;
};

/**
 * Calls `wake` at every NOTIFY on `channel`, and once whenever the connection (again) stands, since what was said meanwhile is
 * lost. Uses a connection of its own outside the pool, which postgres.js makes anew when it breaks.
 * @returns a function that stops listening
 */
export const onNotify = async (sql: Sql, channel: string, wake: () => void): Promise<() => Promise<void>> => {
  const listening = await sql.listen(channel, wake, wake);
  return () => listening.unlisten();
};
