import type { Queryable, Sql } from "./connect.ts";

/**
 * Notifies whoever listens to these channels, in every replica, when the transaction commits (`NOTIFY`). PostgreSQL keeps no
 * notification for a listener that is away, so it is a hint only: whoever listens also looks now and then without one.
 */
export const notify = async (sql: Queryable, ...channels: readonly string[]): Promise<void> => {
  if (channels.length === 0) return;
  await sql`select pg_notify(channel, '') from unnest(${[...channels]}::text[]) as channel`;
};

/** What `listen` calls. */
export type Listener = {
  /**
   * Called at every notification, and whenever listening has begun, at first and after each lost connection: what was notified in the
   * meantime is gone.
   */
  readonly onNotification: () => void;
  /** Called when the first attempt fails; it goes on in the background. */
  readonly onFailure: (error: unknown) => void;
};

/**
 * Listens to a channel (`LISTEN`), on one connection for all channels of a pool, outside of that pool. postgres.js makes the connection
 * anew when it breaks.
 * @returns a function that stops listening
 */
export const listen = (sql: Sql, channel: string, listener: Listener): (() => Promise<void>) => {
  const listening = sql.listen(channel, listener.onNotification, listener.onNotification);
  listening.catch(listener.onFailure);
  return async () => {
    const request = await listening.catch(() => null);
    await request?.unlisten();
  };
};
