import type { Source } from "@rollerblade/abids/facts";
import { insertRecords, recordset, type Transaction } from "@rollerblade/database";
import { newRevisions } from "../datasets/revisions.ts";
import { derivativeSourcesTable } from "../tables.gen.ts";
import type { Created } from "./created.ts";
import type { Decided } from "./decide-states.ts";
import type { KnownSources } from "./sources.ts";

/** The row of a new derivative, with its sources. */
export const rowOf = (
  { facts, sequence, task, decision }: Created,
  state: string,
  revision: number,
  sources: KnownSources,
) => ({
  ...facts,
  ...facts.slice,
  dataset: facts.dataset,
  parameters_hash: facts.parametersHash,
  datasets: [
    ...new Set([facts.dataset, ...facts.sources.flatMap((source) => sources.lineageOf(source) ?? [source.dataset])]),
  ],
  sequence,
  task,
  decision,
  state,
  revision,
});

/** Writes new derivatives and what they were made from. */
export const writeRows = async (tx: Transaction, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> => {
  const json = JSON.stringify(rows.map(({ sources: _, ...row }) => row));
  await tx`
    insert into catalog.derivatives (id, dataset, path, analysis, version, parameters_hash, output, key, level, subject, session, scan,
      entities, datatype, suffix, extension, size, sha256, sequence, state, task, decision, datasets, revision)
    select r.* from jsonb_to_recordset(${json}::text::jsonb) as r(id uuid, dataset text, path text, analysis text, version text,
      parameters_hash text, output text, key text, level text, subject text, session text, scan text, entities jsonb, datatype text,
      suffix text, extension text, size int8, sha256 text, sequence int8, state text, task text, decision text, datasets text[], revision int8)`;
  const sources = rows.flatMap(({ id, sources }) =>
    sources.map((source, index) => ({ ...source, derivative: id, position: index + 1 })),
  );
  for (let from = 0; from < sources.length; from += sourcesAtOnce) {
    await writeSources(tx, sources.slice(from, from + sourcesAtOnce));
  }
};

/** Sources of one statement: a group may have been made from many thousands. */
const sourcesAtOnce = 10_000;

type SourceRow = Source & { readonly derivative: string; readonly position: number };

const writeSources = async (tx: Transaction, rows: readonly SourceRow[]): Promise<void> => {
  await insertRecords(
    tx,
    derivativeSourcesTable,
    rows.map(({ derivative, position, dataset, path, sha256 }) => ({ derivative, position, dataset, path, sha256 })),
  );
};

/** A derivative that lost its name. */
export type Superseded = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly size: number;
  readonly revision: number;
};

/** Takes the name from those that held it; it must be free before the next one gets it. */
export const supersede = async (tx: Transaction, superseded: Decided["superseded"]): Promise<Superseded[]> => {
  if (superseded.size === 0) return [];
  const revisions = await newRevisions(tx, superseded.size);
  const rows = [...superseded.keys()].map((id, index) => ({ id, revision: revisions[index] ?? 0 }));
  return tx<Superseded[]>`
    update catalog.derivatives d set state = 'superseded', revision = r.revision
    from ${recordset(tx, { id: "uuid", revision: "bigint" }, rows)} as r
    where d.id = r.id returning d.id, d.dataset, d.path, d.size, d.revision`;
};
