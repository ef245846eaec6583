import { type Sql, tryLock } from "@rollerblade/database";
import { inboxRetention, outboxRetention } from "./retention.ts";

/** Rows of one delete, so that no statement is long. */
const most = 10_000;

/** Deletes what outbox and inbox need no longer; one replica at a time. */
export const prune = async (sql: Sql, schema: string): Promise<void> => {
  await tryLock(sql, `prune ${schema}`, async () => {
    await repeat(() => pruneOutbox(sql, schema));
    await repeat(() => pruneInbox(sql, schema));
  });
};

const pruneOutbox = async (sql: Sql, schema: string): Promise<number> => {
  const { count } = await sql`
    delete from ${sql(schema)}.outbox where id in (
      select id from ${sql(schema)}.outbox
      where created_at < ${before(outboxRetention)} and published_at < ${before(outboxRetention)} limit ${most})`;
  return count;
};

const pruneInbox = async (sql: Sql, schema: string): Promise<number> => {
  const { count } = await sql`
    delete from ${sql(schema)}.inbox where ctid in (
      select ctid from ${sql(schema)}.inbox where handled_at < ${before(inboxRetention)} limit ${most})`;
  return count;
};

const repeat = async (remove: () => Promise<number>): Promise<void> => {
  while ((await remove()) === most);
};

const before = (milliseconds: number): Date => new Date(Date.now() - milliseconds);
