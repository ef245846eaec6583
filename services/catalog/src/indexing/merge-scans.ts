import { isDeepStrictEqual } from "node:util";
import type { Transaction } from "@rollerblade/database";
import type { Finding } from "@rollerblade/errors";
import { type AnyEmission, type Cause, type ServiceEvents, scanFactsToMessage } from "@rollerblade/events";
import { withdrawMadeFrom } from "../derivatives/withdraw.ts";
import { newRevisions } from "../revisions.ts";
import { countScans } from "../statistics.ts";
import { loadScanInputs } from "./load-scan-inputs.ts";
import { rememberFields } from "./remember-fields.ts";
import { type MergedScan, mergeScan } from "./scan-facts.ts";

/** What led to a scan being put together anew. */
export type Because = { readonly cause: Cause | undefined; readonly batch: string | null };

type Known = {
  readonly path: string;
  readonly subject: string;
  readonly session: string;
  readonly factsHash: string;
  readonly imagesHash: string;
  readonly sidecars: readonly string[];
  readonly findings: readonly Finding[];
  readonly revision: number;
};

const scansAtOnce = 1_000;

const knownScans = async (tx: Transaction, dataset: string, paths: readonly string[]): Promise<Map<string, Known>> => {
  const rows = await tx<Known[]>`
    select path, subject, session, facts_hash, images_hash, sidecars, findings, revision from catalog.scans
    where dataset = ${dataset} and path = any(${[...paths]}::text[])`;
  return new Map(rows.map((row) => [row.path, row]));
};

const rowOf = ({ facts, factsHash, imagesHash, ...rest }: MergedScan, revision: number) => ({
  ...facts,
  ...rest,
  session: facts.session ?? "",
  subject_attributes: facts.subjectAttributes,
  session_attributes: facts.sessionAttributes,
  facts_hash: factsHash,
  images_hash: imagesHash,
  revision,
});

const writeScans = async (tx: Transaction, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> => {
  await tx`
    insert into catalog.scans (dataset, path, subject, session, datatype, suffix, extension, entities, metadata, subject_attributes,
      session_attributes, files, sidecars, findings, size, sha256, facts_hash, images_hash, revision)
    select r.* from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(dataset text, path text, subject text, session text,
      datatype text, suffix text, extension text, entities jsonb, metadata jsonb, subject_attributes jsonb, session_attributes jsonb,
      files jsonb, sidecars text[], findings jsonb, size int8, sha256 text, facts_hash text, images_hash text, revision int8)
    on conflict (dataset, path) do update set
      metadata = excluded.metadata, subject_attributes = excluded.subject_attributes, session_attributes = excluded.session_attributes,
      files = excluded.files, sidecars = excluded.sidecars, findings = excluded.findings, size = excluded.size,
      sha256 = excluded.sha256, facts_hash = excluded.facts_hash, images_hash = excluded.images_hash,
      revision = excluded.revision, indexed_at = now()`;
};

/** A scan that is new or whose image changed is indexed; one of which only more or else is known has changed. */
const emissionOf = (
  { facts, imagesHash }: MergedScan,
  revision: number,
  known: Known | undefined,
  { cause, batch }: Because,
): AnyEmission => {
  const scan = scanFactsToMessage({ ...facts, revision });
  if (known?.imagesHash === imagesHash) return { topic: "metadata.changed", message: { scan }, cause };
  return { topic: "scan.indexed", message: { scan, ...(batch === null ? {} : { batch }) }, cause };
};

const indexChanged = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  changed: readonly MergedScan[],
  known: ReadonlyMap<string, Known>,
  because: (path: string) => Because,
): Promise<void> => {
  if (changed.length === 0) return;
  const revisions = await newRevisions(tx, changed.length);
  const revised = changed.map((merged, index) => ({ merged, revision: revisions[index] ?? 0 }));
  await writeScans(
    tx,
    revised.map(({ merged, revision }) => rowOf(merged, revision)),
  );
  await rememberFields(tx, dataset, changed);
  await events.emitAll(
    tx,
    revised.map(({ merged, revision }) =>
      emissionOf(merged, revision, known.get(merged.facts.path), because(merged.facts.path)),
    ),
  );
};

const withdrawGone = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  gone: readonly Known[],
  because: (path: string) => Because,
): Promise<void> => {
  if (gone.length === 0) return;
  const paths = gone.map(({ path }) => path);
  await tx`delete from catalog.scans where dataset = ${dataset} and path = any(${paths}::text[])`;
  const revisions = await newRevisions(tx, gone.length);
  await events.emitAll(
    tx,
    gone.map(
      ({ path, subject, session }, index): AnyEmission => ({
        topic: "scan.withdrawn",
        message: {
          dataset,
          path,
          subject,
          ...(session === "" ? {} : { session }),
          revision: BigInt(revisions[index] ?? 0),
        },
        cause: because(path).cause,
      }),
    ),
  );
  await withdrawMadeFrom(tx, events, {
    dataset,
    paths,
    reason: "A scan that it was made from was removed.",
    cause: because(paths[0] ?? "").cause,
  });
};

/** Where the facts came from may change without the facts: that is recorded, but it is no news. */
const recordQuietly = async (
  tx: Transaction,
  merged: readonly MergedScan[],
  known: ReadonlyMap<string, Known>,
): Promise<void> => {
  const rows = merged.flatMap((one) => {
    const before = known.get(one.facts.path);
    if (before === undefined || before.factsHash !== one.factsHash) return [];
    const isSame = isDeepStrictEqual([before.sidecars, before.findings], [one.sidecars, one.findings]);
    return isSame ? [] : [rowOf(one, before.revision)];
  });
  if (rows.length > 0) await writeScans(tx, rows);
};

const placeOf = ({ facts }: MergedScan) => ({ subject: facts.subject, session: facts.session ?? "" });

const mergePage = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  paths: readonly string[],
  because: (path: string) => Because,
): Promise<void> => {
  const merged = (await loadScanInputs(tx, dataset, paths)).map(mergeScan);
  const known = await knownScans(tx, dataset, paths);
  const there = new Set(merged.map(({ facts }) => facts.path));
  const gone = [...known.values()].filter(({ path }) => !there.has(path));
  const changed = merged.filter(({ facts, factsHash }) => known.get(facts.path)?.factsHash !== factsHash);
  await indexChanged(tx, events, dataset, changed, known, because);
  await recordQuietly(tx, merged, known);
  await withdrawGone(tx, events, dataset, gone, because);
  await countScans(tx, dataset, merged.filter(({ facts }) => !known.has(facts.path)).map(placeOf), gone);
};

/**
 * Puts these scans together anew and says what became of them: indexed, changed, withdrawn, or nothing where nothing is
 * different. The dataset must be locked.
 */
export const mergeScans = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  paths: readonly string[],
  because: (path: string) => Because,
): Promise<void> => {
  for (let from = 0; from < paths.length; from += scansAtOnce) {
    await mergePage(tx, events, dataset, paths.slice(from, from + scansAtOnce), because);
  }
};
