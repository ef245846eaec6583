import type { Transaction } from "@rollerblade/database";
import { newRevisions } from "../revisions.ts";
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
  const json = JSON.stringify(rows);
  await tx`
    insert into catalog.derivatives (id, dataset, path, analysis, version, parameters_hash, output, key, level, subject, session, scan,
      entities, datatype, suffix, extension, size, sha256, sequence, state, task, decision, datasets, revision)
    select r.* from jsonb_to_recordset(${json}::text::jsonb) as r(id uuid, dataset text, path text, analysis text, version text,
      parameters_hash text, output text, key text, level text, subject text, session text, scan text, entities jsonb, datatype text,
      suffix text, extension text, size int8, sha256 text, sequence int8, state text, task text, decision text, datasets text[], revision int8)`;
  await tx`
    insert into catalog.derivative_sources (derivative, position, dataset, path, sha256)
    select r.id, s.position, s.source ->> 'dataset', s.source ->> 'path', s.source ->> 'sha256'
    from jsonb_to_recordset(${json}::text::jsonb) as r(id uuid, sources jsonb),
      jsonb_array_elements(r.sources) with ordinality as s(source, position)`;
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
  return tx<Superseded[]>`
    update catalog.derivatives d set state = 'superseded', revision = r.revision
    from unnest(${[...superseded.keys()]}::uuid[], ${revisions}::int8[]) as r(id, revision)
    where d.id = r.id returning d.id, d.dataset, d.path, d.size, d.revision`;
};
