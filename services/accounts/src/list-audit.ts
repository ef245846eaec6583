import type { Sql } from "@rollerblade/database";
import type { audit } from "./schema.ts";

type Row = typeof audit.$inferSelect;

/** One page of the audit log, the latest first. */
export const listAudit = (sql: Sql, limit: number, before: string | undefined): Promise<Row[]> =>
  sql<Row[]>`
    select * from accounts.audit
    where ${before ?? null}::uuid is null or id < ${before ?? null}::uuid
    order by id desc limit ${limit}`;
