import { faultOfDatasetName, faultOfPath } from "@rollerblade/abids";
import type { DerivativeFacts } from "@rollerblade/analysis";
import type { Transaction } from "@rollerblade/database";
import {
  type AnyEmission,
  type Cause,
  derivativeFactsFromMessage,
  derivativeFactsToMessage,
  permanent,
  type Received,
  type ServiceEvents,
} from "@rollerblade/events";
import { lockDatasets } from "../dataset-lock.ts";
import { newRevisions } from "../revisions.ts";
import { addToStatistics, ensureDataset } from "../statistics.ts";
import { type Announced, type Decided, decideStates, type Holder, nameOf } from "./decide-states.ts";
import { type KnownSources, knowSources } from "./sources.ts";
import { withdrawn } from "./withdraw.ts";

type Created = {
  readonly facts: DerivativeFacts;
  readonly sequence: number;
  readonly task: string;
  readonly decision: string | null;
  readonly inForce: boolean;
  readonly saidAt: Date;
  readonly cause: Cause;
};

const gone = "What it was made from is gone.";

const createdOf = (event: Received<"derivative.created">): Created => {
  const { derivative, task, decision, inForce } = event.message;
  const facts = derivativeFactsFromMessage(derivative);
  const fault = faultOfDatasetName(facts.dataset) ?? faultOfPath(facts.path);
  if (fault !== null) throw permanent(`derivative.created is refused: ${fault}.`, { event });
  const sequence = Number(derivative?.sequence ?? 0);
  return { facts, sequence, task, decision: decision ?? null, inForce, saidAt: event.time, cause: event.cause };
};

/** Those that are not known yet; each is announced once, but its event may come under several ids. */
const onlyNew = async (tx: Transaction, created: readonly Created[]): Promise<Created[]> => {
  const byId = new Map(created.map((one) => [one.facts.id, one]));
  const rows = await tx<
    { id: string }[]
  >`select id from catalog.derivatives where id = any(${[...byId.keys()]}::uuid[])`;
  for (const { id } of rows) byId.delete(id);
  return [...byId.values()];
};

const holdersOf = async (tx: Transaction, created: readonly Created[]): Promise<Map<string, Holder>> => {
  const rows = await tx<(Holder & { dataset: string; path: string })[]>`
    select d.id, d.sequence, d.dataset, d.path from catalog.derivatives d
    join unnest(${created.map(({ facts }) => facts.dataset)}::text[], ${created.map(({ facts }) => facts.path)}::text[]) as n(dataset, path)
      on d.dataset = n.dataset and d.path = n.path
    where d.state = 'in-force'`;
  return new Map(rows.map((row) => [nameOf(row), row]));
};

/** When subjects and datasets were deleted: what was made before goes with them, even if it is heard of later. */
const deletedAt = async (
  tx: Transaction,
  datasets: readonly string[],
): Promise<(dataset: string, subject: string | null) => Date | null> => {
  const rows = await tx<{ dataset: string; subject: string | null; at: Date }[]>`
    select dataset, subject, max(requested_at) as at from catalog.deletions where dataset = any(${[...datasets]}::text[]) group by 1, 2`;
  const times = new Map(rows.map(({ dataset, subject, at }) => [JSON.stringify([dataset, subject]), at]));
  return (dataset, subject) => {
    const [whole, one] = [times.get(JSON.stringify([dataset, null])), times.get(JSON.stringify([dataset, subject]))];
    return whole !== undefined && (one === undefined || whole > one) ? whole : (one ?? null);
  };
};

const isOrphaned = (
  { facts, saidAt }: Created,
  sources: KnownSources,
  deleted: (dataset: string, subject: string | null) => Date | null,
): boolean => {
  const deletion = deleted(facts.dataset, facts.slice.subject);
  return (deletion !== null && deletion > saidAt) || facts.sources.some((source) => sources.lineageOf(source) === null);
};

const announcedOf = (one: Created, orphaned: boolean): Announced => ({
  id: one.facts.id,
  dataset: one.facts.dataset,
  path: one.facts.path,
  sequence: one.sequence,
  inForce: one.inForce,
  orphaned,
});

const rowOf = (
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

const writeRows = async (tx: Transaction, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> => {
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

type Superseded = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly size: number;
  readonly revision: number;
};

/** Takes the name from those that held it; it must be free before the next one gets it. */
const supersede = async (tx: Transaction, superseded: Decided["superseded"]): Promise<Superseded[]> => {
  if (superseded.size === 0) return [];
  const revisions = await newRevisions(tx, superseded.size);
  return tx<Superseded[]>`
    update catalog.derivatives d set state = 'superseded', revision = r.revision
    from unnest(${[...superseded.keys()]}::uuid[], ${revisions}::int8[]) as r(id, revision)
    where d.id = r.id returning d.id, d.dataset, d.path, d.size, d.revision`;
};

const supersededEvent = (
  { id, dataset, path, revision }: Omit<Superseded, "size">,
  by: string | null,
  cause: Cause | undefined,
): AnyEmission => ({
  topic: "derivative.superseded",
  message: { id, dataset, path, supersededBy: by ?? "", revision: BigInt(revision) },
  cause,
});

const eventOf = ({ facts, sequence, decision, cause }: Created, { states }: Decided, revision: number): AnyEmission => {
  const { state, by } = states.get(facts.id) ?? { state: "superseded", by: null };
  if (state === "withdrawn") return withdrawn(facts, revision, { reason: gone, cause });
  if (state === "superseded") return supersededEvent({ ...facts, revision }, by, cause);
  const derivative = derivativeFactsToMessage({ ...facts, revision }, sequence);
  return { topic: "derivative.indexed", message: { derivative, ...(decision === null ? {} : { decision }) }, cause };
};

const countInForce = async (
  tx: Transaction,
  inForce: readonly Created[],
  superseded: readonly Superseded[],
): Promise<void> => {
  const changes = [
    ...inForce.map(({ facts }) => ({ dataset: facts.dataset, count: 1, bytes: facts.size })),
    ...superseded.map(({ dataset, size }) => ({ dataset, count: -1, bytes: -size })),
  ];
  for (const [dataset, ofDataset] of Map.groupBy(changes, (change) => change.dataset)) {
    await addToStatistics(tx, dataset, {
      derivatives: ofDataset.reduce((sum, { count }) => sum + count, 0),
      derivativeBytes: ofDataset.reduce((sum, { bytes }) => sum + bytes, 0),
    });
  }
};

/**
 * Takes published derivatives into the catalog. Of one name the one decided last is in force; one of which a source is already
 * gone is withdrawn at once.
 */
export const applyCreated = async (
  events: ServiceEvents,
  received: readonly Received<"derivative.created">[],
  tx: Transaction,
): Promise<void> => {
  const heard = received.map(createdOf);
  await lockDatasets(
    tx,
    heard.flatMap(({ facts }) => [facts.dataset, ...facts.sources.map(({ dataset }) => dataset)]),
  );
  const created = await onlyNew(tx, heard);
  if (created.length === 0) return;
  const sources = await knowSources(
    tx,
    created.map(({ facts }) => facts),
  );
  const deleted = await deletedAt(
    tx,
    created.map(({ facts }) => facts.dataset),
  );
  const decided = decideStates(
    created.map((one) => announcedOf(one, isOrphaned(one, sources, deleted))),
    await holdersOf(tx, created),
  );
  const revisions = await newRevisions(tx, created.length);
  const superseded = await supersede(tx, decided.superseded);
  const inForce = created.filter(({ facts }) => decided.states.get(facts.id)?.state === "in-force");
  for (const dataset of new Set(inForce.map(({ facts }) => facts.dataset))) await ensureDataset(tx, dataset);
  await writeRows(
    tx,
    created.map((one, index) =>
      rowOf(one, decided.states.get(one.facts.id)?.state ?? "superseded", revisions[index] ?? 0, sources),
    ),
  );
  await countInForce(tx, inForce, superseded);
  const causes = new Map(created.map(({ facts, cause }) => [facts.id, cause]));
  await events.emitAll(tx, [
    ...superseded.map((one) => {
      const by = decided.superseded.get(one.id) ?? null;
      return supersededEvent(one, by, by === null ? undefined : causes.get(by));
    }),
    ...created.map((one, index) => eventOf(one, decided, revisions[index] ?? 0)),
  ]);
};
