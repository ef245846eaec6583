import type { DerivativeFacts, ScanFacts } from "@rollerblade/abids/facts";
import { recordset, type Transaction } from "@rollerblade/database";
import { type Place, placeName, placeOfSlice } from "../dirty.ts";
import { type StandingRow, type StoredStanding, standingOf } from "./standing-row.ts";
import { derivativeFactsFrom, scanFactsFrom } from "./stored-facts.ts";

/** A scan, and its last event. */
export type KnownScan = { readonly facts: ScanFacts; readonly batch: string | null; readonly lastChange: LastChange };

/** A derivative, and its last event. */
export type KnownDerivative = { readonly facts: DerivativeFacts; readonly lastChange: LastChange };

/** When an event changed something, and in which trace. */
export type LastChange = { readonly at: Date; readonly traceparent: string | null };

/** All that is known of some subjects, each by the name of its place. */
export type Known = {
  readonly scans: ReadonlyMap<string, readonly KnownScan[]>;
  readonly derivatives: ReadonlyMap<string, readonly KnownDerivative[]>;
  readonly standing: ReadonlyMap<string, readonly StoredStanding[]>;
  /** Batches that are open, by dataset. */
  readonly openBatches: ReadonlyMap<string, ReadonlySet<string>>;
  readonly gone: ReadonlySet<string>;
};

/*
 * Each table is asked place by place through its index (`lateral … offset 0`): a table that has just been filled has no statistics,
 * and the planner would else read all of it for every hundred places.
 */

/**
 * Reads everything about these subjects, and about the whole datasets that they are in, with one statement a table.
 *
 * Each statement sees what was committed before it (the locks on the places forbid one snapshot for all: it would be older than
 * them). So the open batches come first: whoever does not find a batch open reads all scans that came with it, and a batch that
 * ends meanwhile still holds its scans back until its end has the places evaluated again.
 */
export const readSubjects = async (tx: Transaction, places: readonly Place[]): Promise<Known> => {
  const datasets = [...new Set(places.map(({ dataset }) => dataset))];
  const openBatches = await readOpenBatches(tx, datasets);
  const scans = await readScans(tx, places);
  const derivatives = await readDerivatives(tx, places, datasets);
  const standing = await readStanding(tx, places, datasets);
  return {
    scans: Map.groupBy(scans, ({ facts }) => placeName(facts)),
    derivatives: Map.groupBy(derivatives, ({ facts }) => placeName(placeOfSlice(facts.slice))),
    standing: Map.groupBy(standing, ({ slice }) => placeName(placeOfSlice(slice))),
    openBatches,
    gone: await readGone(
      tx,
      standing.flatMap((one) => one.derivatives ?? []),
    ),
  };
};

/** These subjects as rows to join with. */
const rowsOf = (tx: Transaction, places: readonly Place[]) =>
  recordset(
    tx,
    { dataset: "text", subject: "text" },
    places.map(({ dataset, subject }) => ({ dataset, subject })),
  );

const readScans = async (tx: Transaction, places: readonly Place[]): Promise<KnownScan[]> => {
  const rows = await tx<{ facts: string; batch: string | null; changedAt: Date; traceparent: string | null }[]>`
    select facts, batch, changed_at, traceparent
    from ${rowsOf(tx, places)} as place
    cross join lateral (
      select * from pipeline_router.scans where dataset = place.dataset and subject = place.subject and not withdrawn
      offset 0) as known
    order by path collate "C"`;
  return rows.map(({ facts, batch, changedAt, traceparent }) => ({
    facts: scanFactsFrom(facts),
    batch,
    lastChange: { at: changedAt, traceparent },
  }));
};

/** Those of the subjects, and those of the whole datasets. */
const readDerivatives = async (
  tx: Transaction,
  places: readonly Place[],
  whole: readonly string[],
): Promise<KnownDerivative[]> => {
  const rows = await tx<{ facts: string; knownAt: Date; traceparent: string | null }[]>`
    select distinct on (dataset, path) facts, known_at, traceparent from (
      select known.* from ${rowsOf(tx, places)} as place
      cross join lateral (
        select * from pipeline_router.derivatives
        where dataset = place.dataset and subject = place.subject and not gone offset 0) as known
      union all
      select * from pipeline_router.derivatives
      where dataset = any(${whole}::text[]) and subject is null and not gone) as known
    where facts is not null
    order by dataset, path, sequence desc`;
  return rows.map(({ facts, knownAt, traceparent }) => ({
    facts: derivativeFactsFrom(facts),
    lastChange: { at: knownAt, traceparent },
  }));
};

/** Those on the subjects, and those on the whole datasets. */
const readStanding = async (
  tx: Transaction,
  places: readonly Place[],
  whole: readonly string[],
): Promise<StoredStanding[]> => {
  const rows = await tx<StandingRow[]>`
    select id, document, rule, level, dataset, subject, session, scan, key, outcome, progress, reason, derivatives,
      failure, restarts, application, round, sends, sequence, asked_at, started_at, traceparent
    from (
      select known.* from ${rowsOf(tx, places)} as place
      cross join lateral (
        select * from pipeline_router.decisions
        where dataset = place.dataset and subject = place.subject and ended_at is null offset 0) as known
      union all
      select * from pipeline_router.decisions
      where dataset = any(${whole}::text[]) and subject is null and ended_at is null) as known`;
  return rows.map(standingOf);
};

/** Batches that are open, by dataset. */
export const readOpenBatches = async (
  tx: Transaction,
  datasets: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
  const rows = await tx<{ dataset: string; batch: string }[]>`
    select dataset, batch from pipeline_router.batches
    where dataset = any(${datasets}::text[]) and not closed and expires_at > now()`;
  const byDataset = Map.groupBy(rows, ({ dataset }) => dataset);
  return new Map([...byDataset].map(([dataset, open]) => [dataset, new Set(open.map(({ batch }) => batch))]));
};

/** Those of the derivatives that are gone for good: what took their name, if anything did, is known. */
export const readGone = async (tx: Transaction, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  if (ids.length === 0) return new Set();
  const rows = await tx<{ id: string }[]>`
    select id from pipeline_router.derivatives one
    where id = any(${ids}::uuid[]) and gone and (superseded_by is null or exists (
      select from pipeline_router.derivatives other where other.id = one.superseded_by and other.facts is not null))`;
  return new Set(rows.map(({ id }) => id));
};
