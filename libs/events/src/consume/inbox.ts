import type { Queryable, Sql } from "@rollerblade/database";

/** Those of the ids that this consumer has not handled, asked before any work is done for them. */
export const unhandled = async (
  sql: Sql,
  schema: string,
  consumer: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await sql<{ id: string }[]>`
    select event_id as id from ${sql(schema)}.inbox where consumer = ${consumer} and event_id = any(${[...ids]}::text[])`;
  const handled = new Set(rows.map((row) => row.id));
  return new Set(ids.filter((id) => !handled.has(id)));
};

/**
 * Inserts ids into the inbox and returns those that were not there. Two replicas that enter the same id wait for each other; sorting keeps
 * them from waiting crosswise.
 */
export const enterInbox = async (
  tx: Queryable,
  schema: string,
  consumer: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await tx<{ id: string }[]>`
    insert into ${tx(schema)}.inbox (consumer, event_id)
    select ${consumer}, id from unnest(${ids.toSorted()}::text[]) as id
    on conflict do nothing returning event_id as id`;
  return new Set(rows.map((row) => row.id));
};
