import type { AuditEntry, AuditOutcome } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import type { audit } from "./schema.ts";

type Row = typeof audit.$inferSelect;

/** Which rows to list. */
export type AuditFilter = {
  /** `dataset brains`. @default everything */
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
  /** What the action begins with. */
  readonly action?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
};

/** One page of the audit log, the latest first; `before` is the number of the last row of the page before. */
export const listAudit = (sql: Sql, filter: AuditFilter, limit: number, before: string | undefined): Promise<Row[]> => {
  const { subject = null, actor = null, action = null, outcome = null, since = null, until = null } = filter;
  return sql<Row[]>`
    select id, time, actor, action, subject, details, outcome, address, trace_id, sequence::float8 as sequence, previous_hash, hash
    from accounts.audit
    where (${before ?? null}::bigint is null or sequence < ${before ?? null}::bigint)
      and (${subject}::text is null or subject = ${subject})
      and (${actor}::text is null or actor = ${actor})
      and (${action}::text is null or starts_with(action, ${action}))
      and (${outcome}::text is null or outcome = ${outcome})
      and (${since}::timestamptz is null or time >= ${since}::timestamptz)
      and (${until}::timestamptz is null or time < ${until}::timestamptz)
    order by sequence desc limit ${limit}`;
};

/** A row as it travels; from where somebody came is for administrators. */
export const auditEntryOf = ({ time, ...row }: Row, withAddress: boolean): AuditEntry => ({
  ...row,
  time: time.toISOString(),
  address: withAddress ? row.address : null,
});
