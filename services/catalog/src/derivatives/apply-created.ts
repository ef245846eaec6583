import type { Transaction } from "@rollerblade/database";
import {
  type AnyEmission,
  type Cause,
  derivativeFactsToMessage,
  type ServiceEvents,
  withSourcesIn,
} from "@rollerblade/events";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import { newRevisions } from "../datasets/revisions.ts";
import { addToStatistics, ensureDataset } from "../datasets/statistics.ts";
import type { Created } from "./created.ts";
import { type Announced, type Decided, decideStates } from "./decide-states.ts";
import { type DeletedAt, deletedAt, holdersOf, onlyNew } from "./known-derivatives.ts";
import { markOutdated } from "./mark-outdated.ts";
import { type KnownSources, knowSources } from "./sources.ts";
import { withdrawn } from "./withdraw.ts";
import { rowOf, type Superseded, supersede, writeRows } from "./write-derivatives.ts";

const gone = "What it was made from is gone.";

const isOrphaned = ({ facts, publishedAt }: Created, sources: KnownSources, deleted: DeletedAt): boolean => {
  const deletion = deleted(facts.dataset, facts.slice.subject);
  return (
    (deletion !== null && deletion > publishedAt) || facts.sources.some((source) => sources.lineageOf(source) === null)
  );
};

const announcedOf = (one: Created, orphaned: boolean): Announced => ({
  id: one.facts.id,
  dataset: one.facts.dataset,
  path: one.facts.path,
  sequence: one.sequence,
  inForce: one.inForce,
  orphaned,
});

const supersededEvent = (
  { id, dataset, path, revision }: Omit<Superseded, "size">,
  by: string | null,
  cause: Cause | undefined,
): AnyEmission => ({
  topic: "derivative.superseded",
  message: { id, dataset, path, supersededBy: by ?? "", revision: BigInt(revision) },
  cause,
});

const eventOf = (created: Created, { states }: Decided, revision: number): AnyEmission => {
  const { facts, sequence, decision, cause, sourcesObject } = created;
  const { state, by } = states.get(facts.id) ?? { state: "superseded", by: null };
  if (state === "withdrawn") return withdrawn(facts, revision, { reason: gone, cause });
  if (state === "superseded") return supersededEvent({ ...facts, revision }, by, cause);
  const whole = derivativeFactsToMessage({ ...facts, revision }, sequence);
  const derivative = sourcesObject === "" ? whole : withSourcesIn(whole, sourcesObject);
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
  received: readonly Created[],
  tx: Transaction,
): Promise<void> => {
  await lockDatasets(
    tx,
    received.flatMap(({ facts }) => [facts.dataset, ...facts.sources.map(({ dataset }) => dataset)]),
  );
  const created = await onlyNew(tx, received);
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
  await markOutdated(tx, {
    places: inForce.map(({ facts }) => facts),
    derivatives: inForce.map(({ facts }) => facts.id),
  });
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
