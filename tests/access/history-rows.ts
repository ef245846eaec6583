import type { Sql } from "@rollerblade/database";
import { referenceKey } from "@rollerblade/pipeline";
import type { Happened } from "./access-model.ts";

type Named = { readonly kind: string; readonly name: string };

/** Two scans of each dataset; a dataset that takes a name again has the same ones, as an import of the same folder has. */
const subjects = ["01", "02"] as const;

/** The path of a scan of every dataset. */
const pathOf = (subject: string): string => `sub-${subject}/anat/sub-${subject}_T1w.nii.gz`;

/** Paths of all scans of these datasets, each with its dataset. */
export const scansOf = (datasets: readonly string[]): string[] =>
  datasets.flatMap((dataset) => subjects.map((subject) => `${dataset}/${pathOf(subject)}`));

/** Writes what the services write when something of this kind is made; nothing of it depends on who asks. */
export const insertThing = async (sql: Sql, { kind, name }: Named, owner: string, id: string): Promise<void> => {
  if (kind === "dataset") await insertDataset(sql, name);
  if (kind === "query")
    await sql`
      insert into catalog.saved_queries (owner, name, expression, level) values (${owner}, ${name}, 'true', 'scan')`;
  if (kind === "pipeline") await insertDocument(sql, name, owner, id);
};

/** What deletions take away. */
export const deleteThing = async (sql: Sql, { kind, name }: Named): Promise<void> => {
  if (kind === "dataset")
    await sql.begin(async (tx) => {
      await tx`delete from catalog.datasets where name = ${name}`;
      await tx`delete from catalog.scans where dataset = ${name}`;
      await tx`delete from catalog.files where dataset = ${name}`;
      await tx`delete from catalog.derivatives where ${name} = any(datasets)`;
    });
  if (kind === "query") await sql`delete from catalog.saved_queries where name = ${name}`;
  if (kind === "pipeline")
    await sql.begin(async (tx) => {
      await tx`delete from pipeline_router.documents where name = ${name}`;
      await tx`delete from tagger.documents where name = ${name}`;
      await tx`delete from tagger.tags where document = ${name}`;
      await tx`delete from tagger.shown where document = ${name}`;
    });
};

const insertDataset = async (sql: Sql, dataset: string): Promise<void> => {
  await sql`insert into catalog.datasets (name) values (${dataset})`;
  for (const subject of subjects) {
    const path = pathOf(subject);
    const file = [{ path, role: "image", size: 1, sha256: `sha256:${"0".repeat(64)}` }];
    await sql`
      insert into catalog.scans (dataset, path, subject, session, datatype, suffix, extension, entities, metadata, subject_attributes,
        session_attributes, files, sidecars, size, sha256, facts_hash, images_hash, revision)
      values (${dataset}, ${path}, ${subject}, '', 'anat', 'T1w', '.nii.gz', '{}', '{}', '{}', '{}',
        ${JSON.stringify(file)}::text::jsonb, '{}', 1, ${`sha256:${"0".repeat(64)}`}, '', '', 1)`;
    await sql`
      insert into catalog.files (dataset, path, folder, kind, scan, subject, session, suffix, extension, size, sha256, published_at)
      values (${dataset}, ${path}, ${`sub-${subject}/anat`}, 'image', ${path}, ${subject}, '', 'T1w', '.nii.gz', 1,
        ${`sha256:${"0".repeat(64)}`}, now())`;
  }
};

/** A document without rules, and with one tag that it shows in every dataset where its owner may. */
const insertDocument = async (sql: Sql, name: string, owner: string, id: string): Promise<void> => {
  const shown = { analysis: "one", version: "1.0.0", parametersHash: "" };
  const locks = JSON.stringify({ rules: {}, references: { [referenceKey(shown.analysis, "*")]: [shown] } });
  await sql`
    insert into pipeline_router.documents (name, application, owner, resource, source, datasets, locks, revision, origin, applied_at)
    values (${name}, ${id}, ${owner}, ${id}, ${documentSource}, '{"*"}', ${locks}, 1, 'api', now())`;
  await sql`insert into tagger.documents (name, application, owner, revision) values (${name}, ${id}, ${owner}, 1)`;
  await sql`
    insert into tagger.tags (document, name, position, title, show, analysis, output, datasets)
    values (${name}, 'tag', 0, 'A tag', '{"kind": "image"}', ${shown.analysis}, 'report', '{".*"}')`;
  await sql`
    insert into tagger.shown (document, tag, analysis, version, parameters_hash)
    values (${name}, 'tag', ${shown.analysis}, ${shown.version}, ${shown.parametersHash})`;
};

const documentSource = `datasets: ["*"]
rules: []
tags:
  - name: tag
    from: {analysis: one, output: report}
    title: A tag
    show: {kind: image}
`;

/** Where each kind of what happens stands. */
export const tables = {
  run: "scheduler.runs",
  execution: "scheduler.executions",
  task: "scheduler.tasks",
  decision: "pipeline_router.decisions",
  derivative: "catalog.derivatives",
} as const satisfies Record<Happened["what"], string>;

/** Writes what the services write when work is done. */
export const insertHappened = async (
  sql: Sql,
  { what, id, owner, datasets, analysis, pipeline }: Happened,
): Promise<void> => {
  const [dataset = ""] = datasets;
  const slice = JSON.stringify({ level: "dataset", dataset, subject: null, session: null, scan: null });
  if (what === "run")
    await sql`
      insert into scheduler.runs (id, analysis, version, parameters, priority, owner, state, datasets)
      values (${id}, ${analysis}, '1.0.0', '{}', 'interactive', ${owner}, 'finished', ${[...datasets]}::text[])`;
  else if (what === "execution")
    await sql`
      insert into scheduler.executions (id, key, analysis, version, parameters, datasets, state, rank, owner, cpu, memory)
      values (${id}, ${id}, ${analysis}, '1.0.0', '{}', ${[...datasets]}::text[], 'succeeded', 0, ${owner}, 1, 1)`;
  else if (what === "task")
    await sql`
      insert into scheduler.tasks (id, run, decision, round, decided, sequence, analysis, version, parameters_hash, rank, owner, dataset,
        slice, slice_key, sources, key, state, outcome, traceparent, decided_at, datasets)
      values (${id}, ${id}, ${id}, 0, 0, 0, ${analysis}, '1.0.0', '', 0, ${owner}, ${dataset}, ${slice}::text::jsonb, ${id}, '{}', ${id},
        'final', 'ran', '', now(), ${[...datasets]}::text[])`;
  else if (what === "decision")
    await sql`
      insert into pipeline_router.decisions (id, document, rule, level, dataset, slice_key, analysis, version, parameters_hash, application,
        progress, reason)
      values (${id}, ${pipeline}, 'rule', 'dataset', ${dataset}, ${id}, ${analysis}, '1.0.0', '', ${id}, 'succeeded', '')`;
  else
    await sql`
      insert into catalog.derivatives (id, dataset, path, analysis, version, parameters_hash, output, key, level, entities, suffix, extension,
        size, sha256, sequence, state, task, datasets, revision)
      values (${id}, ${dataset}, ${`derivatives/${analysis}-1.0.0/${id}_mask.nii.gz`}, ${analysis}, '1.0.0', '', 'mask', ${id}, 'dataset',
        '{}', 'mask', '.nii.gz', 1, ${`sha256:${"0".repeat(64)}`}, 1, 'in-force', ${id}, ${[...datasets]}::text[], 1)`;
};
