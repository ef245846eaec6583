import { notify, recordset, type Transaction } from "@rollerblade/database";
import { permanent, type Received } from "@rollerblade/events";
import { makes, type PipelineDocument, parseDocument, referenceKey, type Tag } from "@rollerblade/pipeline";
import { roleAllows } from "@rollerblade/service-kit";
import { z } from "zod";
import { channels } from "../notifications.ts";
import { datasetExpression } from "./dataset-expression.ts";

const identity = z.object({ analysis: z.string(), version: z.string(), parametersHash: z.string() });

/** The part of a document's locks that tags need. */
const locksSchema = z.object({
  rules: z.record(z.string(), identity.extend({ accepts: z.array(identity).optional() })),
  references: z.record(z.string(), z.array(identity)),
});

type Applied = {
  readonly document: PipelineDocument;
  readonly application: string;
  readonly owner: string;
  readonly revision: number;
  readonly locks: z.output<typeof locksSchema>;
};

/** Takes the tags of newly applied documents; of several applications of one document the one with the highest revision counts. */
export const applyDocuments = async (
  events: readonly Received<"pipeline.applied">[],
  tx: Transaction,
): Promise<void> => {
  for (const event of events) {
    const applied = readApplied(event);
    if (await isNewest(tx, applied)) await replaceTags(tx, applied);
  }
};

const readApplied = (event: Received<"pipeline.applied">): Applied => {
  const { document: name, application, owner, source, locks, revision } = event.message;
  try {
    const document = parseDocument(name, source);
    return { document, application, owner, revision: Number(revision), locks: locksSchema.parse(locks) };
  } catch (cause) {
    throw permanent(`The document ${name} cannot be read.`, { cause, event });
  }
};

const isNewest = async (tx: Transaction, { document, application, owner, revision }: Applied): Promise<boolean> => {
  const rows = await tx`
    insert into tagger.documents (name, application, owner, revision)
    values (${document.name}, ${application}, ${owner}, ${revision})
    on conflict (name) do update set
      application = excluded.application, owner = excluded.owner, revision = excluded.revision
      where documents.revision < excluded.revision
        or (documents.owner is null and documents.revision = excluded.revision)
    returning name`;
  return rows.length > 0;
};

const replaceTags = async (tx: Transaction, applied: Applied): Promise<void> => {
  const { name, datasets, tags } = applied.document;
  const before = await tx<{ datasets: string[] }[]>`
    delete from tagger.tags where document = ${name} returning datasets`;
  await tx`delete from tagger.shown where document = ${name}`;
  const expressions = datasets.map(datasetExpression);
  const rows = tags.map((tag, position) => tagRow(tag, position));
  await tx`
    insert into tagger.tags (document, name, position, title, description, show, analysis, output, datasets)
    select ${name}, r.name, r.position, r.title, r.description, r.show, r.analysis, r.output, ${expressions}::text[]
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(name text, position int, title text, description text,
      show jsonb, analysis text, output text)`;
  await tx`
    insert into tagger.shown (document, tag, analysis, version, parameters_hash, made)
    select ${name}, r.* from jsonb_to_recordset(${JSON.stringify(shownRows(applied))}::text::jsonb)
      as r(tag text, analysis text, version text, parameters_hash text, made boolean)
    on conflict do nothing`;
  await unsettle(tx, [...new Set([...expressions, ...before.flatMap((tag) => tag.datasets)])]);
};

const tagRow = ({ name, title, description, show, from }: Tag, position: number) => ({
  name,
  position,
  title,
  description,
  show,
  ...from,
});

const shownRows = ({ document, locks }: Applied) =>
  document.tags.flatMap(({ name, from }) =>
    (locks.references[referenceKey(from.analysis, "*")] ?? []).map((shown) => ({
      tag: name,
      analysis: shown.analysis,
      version: shown.version,
      parameters_hash: shown.parametersHash,
      made: Object.values(locks.rules).some((rule) => makes(rule, shown)),
    })),
  );

/**
 * The results of everything that the document speaks for, or spoke for, have to be compared with its tags. Those that are
 * unsettled already are touched too: whoever settles them at this moment has not seen the new tags, and is waited for.
 */
const unsettle = async (tx: Transaction, expressions: readonly string[]): Promise<void> => {
  await tx`
    update tagger.derivatives set unsettled = true
    where dataset ~ any(${[...expressions]}::text[])`;
  await notify(tx, channels.settle);
};

/** Where the owner of a document may contribute now or no longer, other results are shown than before. */
export const unsettleGranted = async (events: readonly Received<"grant.changed">[], tx: Transaction): Promise<void> => {
  const changes = events.flatMap(({ message: { kind, resource, principal, role } }) =>
    kind === "dataset" && (role === "" || roleAllows(role, "contribute")) ? [{ dataset: resource, principal }] : [],
  );
  if (changes.length === 0) return;
  await tx`
    update tagger.derivatives as derivative set unsettled = true
    from ${recordset(tx, { dataset: "text", principal: "text" }, changes)} as change
    where derivative.dataset = change.dataset and not derivative.unsettled and exists (
      select from tagger.documents where owner = change.principal or change.principal = 'everyone')`;
  await notify(tx, channels.settle);
};
