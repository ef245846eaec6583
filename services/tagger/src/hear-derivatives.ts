import type { Transaction } from "@rollerblade/database";
import { derivativeFactsFromMessage, type Received } from "@rollerblade/events";
import { traceparentOf } from "@rollerblade/telemetry";
import { lockTags, tagDerivatives } from "./tag-derivatives.ts";

/** Takes over derivatives that are in force, and tags them. */
export const hearIndexed = async (
  events: readonly Received<"derivative.indexed">[],
  tx: Transaction,
): Promise<void> => {
  await lockTags(tx);
  const rows = newest(
    events.map(({ message, cause }) => {
      const facts = derivativeFactsFromMessage(message.derivative);
      const { id, dataset, analysis, version, parametersHash, output, revision } = facts;
      const subject = facts.slice.subject;
      return {
        id,
        dataset,
        subject,
        analysis,
        version,
        parametersHash,
        output,
        revision,
        facts,
        traceparent: traceparentOf(cause),
      };
    }),
  );
  await tx`
    insert into tagger.derivatives as known
      (id, dataset, subject, analysis, version, parameters_hash, output, facts, revision, traceparent)
    select id, dataset, subject, analysis, version, "parametersHash", output, facts, revision, traceparent
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as told (
      id uuid, dataset text, subject text, analysis text, version text, "parametersHash" text, output text, facts json,
      revision bigint, traceparent text)
    on conflict (id) do update set
      subject = excluded.subject, analysis = excluded.analysis, version = excluded.version,
      parameters_hash = excluded.parameters_hash, output = excluded.output, facts = excluded.facts,
      revision = excluded.revision, traceparent = excluded.traceparent
    where not known.gone and known.revision < excluded.revision`;
  await tagDerivatives(tx, { ids: rows.map(({ id }) => id) });
};

/** A derivative that is no longer in force: another took its name, or what it was made from is gone. */
type Ended = { readonly id: string; readonly dataset: string; readonly revision: bigint };

/** Forgets what is shown of derivatives that are over. */
export const hearEnded = async (events: readonly { readonly message: Ended }[], tx: Transaction): Promise<void> => {
  await lockTags(tx);
  const rows = newest(
    events.map(({ message: { id, dataset, revision } }) => ({ id, dataset, revision: Number(revision) })),
  );
  await tx`
    insert into tagger.derivatives as known (id, dataset, revision, gone)
    select id, dataset, revision, true
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as told (id uuid, dataset text, revision bigint)
    on conflict (id) do update set gone = true, revision = greatest(known.revision, excluded.revision), facts = null`;
  await tx`delete from tagger.results where derivative = any(${rows.map(({ id }) => id)}::uuid[])`;
};

/** Forgets people, and whole datasets. */
export const hearDeleted = async (
  places: readonly { readonly dataset: string; readonly subject: string | null }[],
  tx: Transaction,
): Promise<void> => {
  await lockTags(tx);
  const gone = await tx<{ id: string }[]>`
    update tagger.derivatives d set gone = true, facts = null
    from json_to_recordset(${JSON.stringify(places)}::text::json) as place (dataset text, subject text)
    where d.dataset = place.dataset and (place.subject is null or d.subject = place.subject) and not d.gone
    returning d.id`;
  await tx`delete from tagger.results where derivative = any(${gone.map(({ id }) => id)}::uuid[])`;
};

/** Of several rows about one derivative, the one with the highest revision. */
const newest = <T extends { readonly id: string; readonly revision: number }>(rows: readonly T[]): T[] => {
  const byId = new Map<string, T>();
  for (const row of rows) {
    if ((byId.get(row.id)?.revision ?? -1) <= row.revision) byId.set(row.id, row);
  }
  return [...byId.values()];
};
