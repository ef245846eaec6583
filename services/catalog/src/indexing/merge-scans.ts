import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type Transaction, together } from "@rollerblade/database";
import type { ServiceEvents } from "@rollerblade/events";
import { newRevisions } from "../datasets/revisions.ts";
import { countScans } from "../datasets/statistics.ts";
import { withdrawMadeFrom } from "../derivatives/withdraw.ts";
import { loadScanInputs } from "./load-scan-inputs.ts";
import { rememberFields } from "./remember-fields.ts";
import { type Because, indexedEvent, withdrawnEvent } from "./scan-events.ts";
import { type MergedScan, mergeScan, type ScanInput } from "./scan-facts.ts";
import { type KnownScan, knownScans, scanRowOf, writeScans } from "./scan-rows.ts";

/** Scans of one page: enough that what a statement costs beside its rows does not matter, and few enough to be in memory three times. */
const scansAtOnce = 400;

const indexChanged = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  changed: readonly MergedScan[],
  known: ReadonlyMap<string, KnownScan>,
  because: (path: string) => Because,
): Promise<void> => {
  if (changed.length === 0) return;
  const revisions = await newRevisions(tx, changed.length);
  const revised = changed.map((merged, index) => ({ merged, revision: revisions[index] ?? 0 }));
  // The events are encoded in the next turn, while PostgreSQL writes the rows.
  await together([
    writeScans(
      tx,
      revised.map(({ merged, revision }) => scanRowOf(merged, revision)),
    ),
    rememberFields(tx, dataset, changed),
    setImmediate().then(() =>
      events.emitAll(
        tx,
        revised.map(({ merged, revision }) =>
          indexedEvent(merged, revision, known.get(merged.facts.path), because(merged.facts.path)),
        ),
      ),
    ),
  ]);
};

const withdrawGone = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  gone: readonly KnownScan[],
  because: (path: string) => Because,
): Promise<void> => {
  if (gone.length === 0) return;
  const paths = gone.map(({ path }) => path);
  await tx`delete from catalog.scans where dataset = ${dataset} and path = any(${paths}::text[])`;
  const revisions = await newRevisions(tx, gone.length);
  await events.emitAll(
    tx,
    gone.map((scan, index) => withdrawnEvent(dataset, scan, revisions[index] ?? 0, because(scan.path))),
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
  known: ReadonlyMap<string, KnownScan>,
): Promise<void> => {
  const rows = merged.flatMap((one) => {
    const before = known.get(one.facts.path);
    if (before === undefined || before.factsHash !== one.factsHash) return [];
    const isSame = isDeepStrictEqual([before.sidecars, before.findings], [one.sidecars, one.findings]);
    return isSame ? [] : [scanRowOf(one, before.revision)];
  });
  if (rows.length > 0) await writeScans(tx, rows);
};

const placeOf = ({ facts }: MergedScan) => ({ subject: facts.subject, session: facts.session ?? "" });

/** All that a page of scans depends on, and what is known of them. */
type LoadedPage = { readonly inputs: readonly ScanInput[]; readonly known: ReadonlyMap<string, KnownScan> };

const loadPage = async (tx: Transaction, dataset: string, paths: readonly string[]): Promise<LoadedPage> => {
  const [inputs, known] = await together([loadScanInputs(tx, dataset, paths), knownScans(tx, dataset, paths)]);
  return { inputs, known };
};

const writePage = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  merged: readonly MergedScan[],
  known: ReadonlyMap<string, KnownScan>,
  because: (path: string) => Because,
): Promise<void> => {
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
 * different. The dataset must be locked. Page after page: what the next one depends on is read before a page is written, which changes
 * nothing of it, so that it is put together while PostgreSQL writes.
 */
export const mergeScans = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  paths: readonly string[],
  because: (path: string) => Because,
): Promise<void> => {
  const load = (from: number): Promise<LoadedPage> | null => {
    if (from >= paths.length) return null;
    const loading = loadPage(tx, dataset, paths.slice(from, from + scansAtOnce));
    // It fails when it is awaited.
    loading.catch(() => {});
    return loading;
  };
  let writing: Promise<void> = Promise.resolve();
  let next = load(0);
  try {
    for (let from = scansAtOnce; next !== null; from += scansAtOnce) {
      const { inputs, known }: LoadedPage = await next;
      next = load(from);
      const merged = inputs.map(mergeScan);
      await writing;
      writing = writePage(tx, events, dataset, merged, known, because);
      writing.catch(() => {});
    }
  } finally {
    // Nothing is left to be sent behind a rollback; see `together`.
    await together([writing, next]);
  }
};
