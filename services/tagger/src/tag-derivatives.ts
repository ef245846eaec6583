import { lockInTransaction, notify, type Transaction } from "@rollerblade/database";
import { matchesDataset } from "@rollerblade/pipeline";
import { v7 } from "uuid";

/** Where the worker hears that something is pending. */
export const pendingChannel = "tagger_pending";

/** Documents and derivatives meet here: one at a time, so that neither of two replicas misses what the other has just heard. */
export const lockTags = (tx: Transaction): Promise<void> => lockInTransaction(tx, "tagger tags");

/** Which derivatives, or all of a document. */
export type Which = { readonly ids: readonly string[] } | { readonly document: string };

/** Makes a pending result of each derivative in force and each tag that shows it, where there is none yet. */
export const tagDerivatives = async (tx: Transaction, which: Which): Promise<void> => {
  const ids = "ids" in which ? which.ids : null;
  const document = "document" in which ? which.document : null;
  const pairs = await tx<{ dataset: string; document: string; datasets: string[] }[]>`
    select distinct d.dataset, o.name as document, o.datasets
    from tagger.derivatives d, tagger.documents o
    where not d.gone and (${ids}::uuid[] is null or d.id = any(${ids}::uuid[]))
      and (${document}::text is null or o.name = ${document})`;
  const spokenFor = pairs.filter(({ dataset, datasets }) => matchesDataset(datasets, dataset));
  if (spokenFor.length === 0) return;
  const found = await tx<{ dataset: string; document: string; tag: string; derivative: string }[]>`
    select d.dataset, t.document, t.tag, d.id as derivative
    from json_to_recordset(${JSON.stringify(spokenFor)}::text::json) as pair (dataset text, document text)
    join tagger.tags t on t.document = pair.document
    join tagger.derivatives d on d.dataset = pair.dataset and d.analysis = t.analysis and d.version = t.version
      and d.parameters_hash = t.parameters_hash and d.output = t.output
    where not d.gone and (${ids}::uuid[] is null or d.id = any(${ids}::uuid[]))
      and not exists (select from tagger.results r where r.document = t.document and r.tag = t.tag and r.derivative = d.id)`;
  await insertPending(tx, found);
};

const insertPending = async (tx: Transaction, found: readonly object[]): Promise<void> => {
  if (found.length === 0) return;
  const rows = found.map((row) => ({ id: v7(), ...row }));
  await tx`
    insert into tagger.results (id, dataset, document, tag, derivative)
    select id, dataset, document, tag, derivative
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as row (
      id uuid, dataset text, document text, tag text, derivative uuid)
    on conflict do nothing`;
  await notify(tx, pendingChannel);
};
