import type { NatsConnection } from "@nats-io/transport-node";
import type { Sql } from "@rollerblade/database";
import type { Logger } from "@rollerblade/telemetry";
import type { EventMetrics } from "./metrics.ts";
import { watchConnection } from "./nats/watch-connection.ts";
import { prune } from "./prune.ts";
import { reconcile } from "./publish/reconcile.ts";

/** What the housekeeping works with. */
export type HousekeepingOptions = {
  readonly sql: Sql;
  readonly schema: string;
  readonly connection: NatsConnection;
  readonly log: Logger;
  readonly metrics: EventMetrics;
  /** Makes the relay read the outbox now. */
  readonly triggerRelay: () => void;
  /** Makes the streams anew where the server lost them. */
  readonly repair: () => Promise<void>;
};

const every = { metrics: 10_000, reconcile: 60 * 60_000, prune: 10 * 60_000 };

/**
 * Keeps an outbox and an inbox in order: compares with the streams at the start, after every reconnection and once an hour, deletes what is
 * old, and measures what waits.
 * @returns a function that ends it
 */
export const startHousekeeping = (options: HousekeepingOptions): (() => void) => {
  const { log } = options;
  const attempt = (what: string, work: () => Promise<void>) => () => {
    work().catch((error) => log.warn({ err: error }, `${what} failed and is tried again later`));
  };
  const compare = (lostAt: Date | null) =>
    attempt("comparing outbox and stream", () => compareAgain(options, lostAt))();
  const timers = [
    setInterval(
      attempt("measuring the outbox", () => measure(options)),
      every.metrics,
    ),
    setInterval(() => compare(new Date(Date.now() - every.reconcile)), every.reconcile),
    setInterval(
      attempt("pruning", () => prune(options.sql, options.schema)),
      every.prune,
    ),
  ];
  let lostAt = new Date();
  const unwatch = watchConnection(options.connection, {
    lost: () => {
      lostAt = new Date();
    },
    again: () => compare(lostAt),
  });
  compare(null);
  return () => {
    unwatch();
    for (const timer of timers) clearInterval(timer);
  };
};

const compareAgain = async (options: HousekeepingOptions, lostAt: Date | null): Promise<void> => {
  await options.repair();
  const missing = await reconcile(options, lostAt);
  if (missing === 0) return;
  options.log.warn({ missing }, "events that were published may be missing in the stream; they are published again");
  options.triggerRelay();
};

const measure = async ({ sql, schema, metrics }: HousekeepingOptions): Promise<void> => {
  const [row] = await sql<{ waiting: number; lag: number }[]>`
    select count(*) as waiting, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as lag
    from ${sql(schema)}.outbox where published_at is null`;
  metrics.outboxWaiting.set(row?.waiting ?? 0);
  metrics.outboxLag.set(row?.lag ?? 0);
};
