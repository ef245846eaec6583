import { columnsOf, type Queryable, recordset, type Transaction } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";
import { goneTable } from "../tables.gen.ts";

/** Forgets derivatives that are no longer in force, and their results with them, whether or not they are known yet. */
export const forgetDerivatives = async (
  events: readonly Received<"derivative.superseded" | "derivative.withdrawn">[],
  tx: Transaction,
): Promise<void> => {
  const ids = events.map(({ message }) => message.id);
  const gone = events.map(({ message: { id, revision } }) => ({ id, revision: Number(revision) }));
  await tx`
    insert into tagger.gone (id, revision)
    select id, max(revision) from ${recordset(tx, columnsOf(goneTable, "id", "revision"), gone)} as g group by id
    on conflict (id) do update set revision = greatest(gone.revision, excluded.revision), at = now()`;
  await tx`
    delete from tagger.derivatives d using tagger.gone g
    where d.id = any(${ids}::uuid[]) and g.id = d.id and d.revision < g.revision`;
};

/** Forgets at once what was made before a subject was deleted; its derivatives are withdrawn one by one as well. */
export const forgetSubjects = async (
  events: readonly Received<"subject.deleted">[],
  tx: Transaction,
): Promise<void> => {
  for (const { message, time } of events) {
    await tx`
      delete from tagger.derivatives
      where dataset = ${message.dataset} and subject = ${message.subject} and id < ${firstIdAt(time)}`;
  }
};

/** The same for a whole dataset. */
export const forgetDatasets = async (
  events: readonly Received<"dataset.deleted">[],
  tx: Transaction,
): Promise<void> => {
  for (const { message, time } of events) {
    await tx`delete from tagger.derivatives where dataset = ${message.dataset} and id < ${firstIdAt(time)}`;
  }
};

/**
 * The lowest UUIDv7 of a moment. Who deletes a subject and imports it anew has derivatives from both times, and an old
 * deletion may be received last.
 */
export const firstIdAt = (time: Date): string => {
  const milliseconds = time.getTime().toString(16).padStart(12, "0");
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7000-8000-000000000000`;
};

/** Drops memories of ends that are older than any event which may still arrive. */
export const pruneGone = async (sql: Queryable): Promise<void> => {
  await sql`delete from tagger.gone where at < now() - interval '40 days'`;
};
