import { type DerivativeFacts, sliceKey } from "@rollerblade/abids/facts";
import { notify, type Transaction } from "@rollerblade/database";
import { derivativeFactsFromMessage, type Received, sourceDatasetsOf } from "@rollerblade/events";
import { traceparentOf } from "@rollerblade/telemetry";
import { channels } from "../notifications.ts";

/** Takes derivatives that are in force, unless it is known already that they no longer are. */
export const recordDerivatives = async (
  events: readonly Received<"derivative.indexed">[],
  tx: Transaction,
): Promise<void> => {
  const rows = events.map(({ message: { derivative }, cause }) => {
    const facts = derivativeFactsFromMessage(derivative);
    const datasets = derivative === undefined ? [] : sourceDatasetsOf(derivative);
    return rowOf(facts, [...new Set([facts.dataset, ...datasets])], traceparentOf(cause));
  });
  const newest = new Map<string, (typeof rows)[number]>();
  for (const row of rows) if (row.revision >= (newest.get(row.id)?.revision ?? 0)) newest.set(row.id, row);
  await tx`
    insert into tagger.derivatives (id, dataset, path, level, subject, session, scan, analysis, version, parameters_hash, output,
      extension, size, sha256, datasets, revision, traceparent, slice_key, key)
    select r.* from jsonb_to_recordset(${JSON.stringify([...newest.values()])}::text::jsonb) as r(id uuid, dataset text, path text,
      level text, subject text, session text, scan text, analysis text, version text, parameters_hash text, output text,
      extension text, size int8, sha256 text, datasets text[], revision int8, traceparent text,
      slice_key text, key text)
    where not exists (select 1 from tagger.gone where gone.id = r.id and gone.revision >= r.revision)
    on conflict (id) do update set revision = excluded.revision, datasets = excluded.datasets, traceparent = excluded.traceparent,
      slice_key = excluded.slice_key, key = excluded.key, unsettled = true
      where derivatives.revision < excluded.revision`;
  await notify(tx, channels.settle);
};

const rowOf = (facts: DerivativeFacts, datasets: readonly string[], traceparent: string) => ({
  id: facts.id,
  dataset: facts.dataset,
  path: facts.path,
  level: facts.slice.level,
  subject: facts.slice.subject,
  session: facts.slice.session,
  scan: facts.slice.scan,
  analysis: facts.analysis,
  version: facts.version,
  parameters_hash: facts.parametersHash,
  output: facts.output,
  extension: facts.extension,
  size: facts.size,
  sha256: facts.sha256,
  datasets,
  revision: facts.revision,
  traceparent,
  slice_key: sliceKey(facts.slice),
  key: facts.key,
});
