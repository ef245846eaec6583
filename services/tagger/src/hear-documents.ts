import type { Transaction } from "@rollerblade/database";
import { permanent, type Received } from "@rollerblade/events";
import { type Identity, type Locks, type PipelineDocument, parseDocument, referenceKey } from "@rollerblade/pipeline";
import { z } from "zod";
import { lockTags, tagDerivatives } from "./tag-derivatives.ts";

/** Takes over the tags of a document; what it no longer shows is forgotten, what it shows anew becomes pending. */
export const hearDocuments = async (
  events: readonly Received<"pipeline.applied">[],
  tx: Transaction,
): Promise<void> => {
  await lockTags(tx);
  for (const { message } of events) {
    const document = documentOf(message.document, message.source);
    const revision = Number(message.revision);
    if (!(await isNewest(tx, document, revision))) continue;
    await replaceTags(tx, document, locksOf(message.locks));
    await forgetUntagged(tx, document.name);
    await tagDerivatives(tx, { document: document.name });
  }
};

const documentOf = (name: string, source: string): PipelineDocument => {
  try {
    return parseDocument(name, source);
  } catch (cause) {
    throw permanent(`The document ${name} was applied and cannot be read.`, { cause });
  }
};

const identities = z.object({
  references: z.record(
    z.string(),
    z.array(z.object({ analysis: z.string(), version: z.string(), parametersHash: z.string() })),
  ),
});

const locksOf = (locks: unknown): Locks["references"] => identities.parse(locks).references;

const isNewest = async (tx: Transaction, { name, datasets }: PipelineDocument, revision: number): Promise<boolean> => {
  const written = await tx`
    insert into tagger.documents as known (name, datasets, revision) values (${name}, ${[...datasets]}, ${revision})
    on conflict (name) do update set datasets = excluded.datasets, revision = excluded.revision
    where known.revision < excluded.revision
    returning name`;
  return written.length > 0;
};

const replaceTags = async (
  tx: Transaction,
  { name: document, tags }: PipelineDocument,
  references: Locks["references"],
): Promise<void> => {
  const rows = tags.flatMap(({ name: tag, from, title, description, show }, position) =>
    (references[referenceKey(from.analysis, "*")] ?? []).map((identity: Identity) => ({
      ...{ document, tag, position, title, description, show },
      ...{ analysis: identity.analysis, version: identity.version, parametersHash: identity.parametersHash },
      output: from.output,
    })),
  );
  // A tag that shows something else of the same file begins anew.
  await tx`
    delete from tagger.results r using tagger.tags t
    where r.document = ${document} and t.document = r.document and t.tag = r.tag and t.show::jsonb not in (
      select show::jsonb from json_to_recordset(${JSON.stringify(rows)}::text::json) as row (tag text, show json)
      where row.tag = r.tag)`;
  await tx`delete from tagger.tags where document = ${document}`;
  await tx`
    insert into tagger.tags
      (document, tag, analysis, version, parameters_hash, output, position, title, description, show)
    select document, tag, analysis, version, "parametersHash", output, position, title, description, show
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as row (
      document text, tag text, analysis text, version text, "parametersHash" text, output text, position int, title text,
      description text, show json)
    on conflict do nothing`;
};

const forgetUntagged = (tx: Transaction, document: string): Promise<unknown> => tx`
  delete from tagger.results r
  where r.document = ${document} and not exists (
    select from tagger.tags t
    join tagger.derivatives d on d.analysis = t.analysis and d.version = t.version
      and d.parameters_hash = t.parameters_hash and d.output = t.output
    where t.document = r.document and t.tag = r.tag and d.id = r.derivative and not d.gone)`;
