import { sliceKey } from "@rollerblade/abids/facts";
import {
  columnsOf,
  lockInTransaction,
  notify,
  type Queryable,
  recordset,
  type Transaction,
} from "@rollerblade/database";
import { type Received, sliceRefFromMessage } from "@rollerblade/events";
import { channels } from "../notifications.ts";
import { callsTable } from "../tables.gen.ts";

const columns = {
  ...columnsOf(callsTable, "document", "rule", "sliceKey", "analysis", "version", "parametersHash"),
  ...columnsOf(callsTable, "key", "covered", "revision"),
} as const;

/**
 * Whoever records calls and whoever settles results go one after the other: otherwise a derivative that comes meanwhile is settled by
 * calls that are out of date, and nobody looks at it again.
 */
export const lockCalls = (tx: Transaction): Promise<void> => lockInTransaction(tx, "tagger calls");

/** Takes over which executions the rules call for; for one document, rule and slice the highest revision counts. */
export const recordCalls = async (events: readonly Received<"pipeline.decided">[], tx: Transaction): Promise<void> => {
  await lockCalls(tx);
  const newest = new Map<string, ReturnType<typeof rowOf>>();
  for (const row of events.flatMap(({ message }) => message.calls.map(rowOf))) {
    const name = `${row.document} ${row.rule} ${row.sliceKey}`;
    if (row.revision >= (newest.get(name)?.revision ?? 0)) newest.set(name, row);
  }
  const written = await tx<{ sliceKey: string }[]>`
    insert into tagger.calls as known
      (document, rule, slice_key, analysis, version, parameters_hash, key, covered, revision)
    select document, rule, slice_key, analysis, version, parameters_hash, key, covered, revision
    from ${recordset(tx, columns, [...newest.values()])} as call
    on conflict (document, rule, slice_key) do update set
      analysis = excluded.analysis, version = excluded.version, parameters_hash = excluded.parameters_hash,
      key = excluded.key, covered = excluded.covered, revision = excluded.revision, at = now()
      where known.revision < excluded.revision
    returning slice_key`;
  if (written.length === 0) return;
  await tx`
    update tagger.derivatives set unsettled = true
    where slice_key = any(${[...new Set(written.map((row) => row.sliceKey))]}::text[])`;
  await notify(tx, channels.settle);
};

type CallMessage = Received<"pipeline.decided">["message"]["calls"][number];

const rowOf = ({ document, rule, slice, analysis, version, parametersHash, key, covered, revision }: CallMessage) => ({
  document,
  rule,
  sliceKey: sliceKey(sliceRefFromMessage(slice)),
  analysis,
  version,
  parametersHash,
  key: key === "" ? null : key,
  covered,
  revision: Number(revision),
});

/** Drops what is no longer called for and older than any event that may still arrive. */
export const pruneCalls = async (sql: Queryable): Promise<void> => {
  await sql`delete from tagger.calls where not covered and at < now() - interval '40 days'`;
};
