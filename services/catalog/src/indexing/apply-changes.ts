import { canonicalJson } from "@rollerblade/abids";
import { type Transaction, together } from "@rollerblade/database";
import type { ServiceEvents } from "@rollerblade/events";
import { lockDatasets } from "../datasets/dataset-lock.ts";
import { addToStatistics, ensureDataset } from "../datasets/statistics.ts";
import { markOutdated } from "../derivatives/mark-outdated.ts";
import { withdrawMadeFrom } from "../derivatives/withdraw.ts";
import { rememberPipelines } from "../linked-datasets/derived-datasets.ts";
import { affectedScans } from "./affected-scans.ts";
import { applyFiles, type FileChanges } from "./apply-files.ts";
import { applyAttributes } from "./attributes.ts";
import { countHandled } from "./batches.ts";
import type { Change } from "./change.ts";
import { mergeScans } from "./merge-scans.ts";
import type { Because } from "./scan-events.ts";

const describe = async (tx: Transaction, dataset: string, { written, gone }: FileChanges): Promise<void> => {
  const description = written.find(({ kind }) => kind === "description");
  if (description === undefined && !gone.some(({ kind }) => kind === "description")) return;
  await tx`
    update catalog.datasets set description = ${canonicalJson(description?.content ?? {})}::text::jsonb, updated_at = now()
    where name = ${dataset}`;
  await rememberPipelines(tx, dataset);
};

/** A scan's cause is the event that announced it; one that only looks different now comes of the last event of metadata. */
const becauseOf = (changes: readonly Change[]): ((path: string) => Because) => {
  const byScan = new Map<string, Because>();
  let other: Because = { cause: undefined, batch: null };
  for (const { event, batch, scan, removed } of changes) {
    const because = { cause: event.cause, batch };
    for (const path of scan === null ? removed : [scan]) byScan.set(path, because);
    if (scan === null) other = because;
  }
  return (path) => byScan.get(path) ?? other;
};

/** What was made from ignored files goes with them, as what was made from scans does. */
const withdrawMadeFromIgnored = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  gone: FileChanges["gone"],
  { cause }: Because,
): Promise<void> => {
  const paths = gone.filter(({ kind }) => kind === "ignored").map(({ path }) => path);
  if (paths.length === 0) return;
  await withdrawMadeFrom(tx, events, { dataset, paths, reason: "A file that it was made from was removed.", cause });
};

const applyToDataset = async (
  tx: Transaction,
  events: ServiceEvents,
  dataset: string,
  changes: readonly Change[],
): Promise<void> => {
  const files = await applyFiles(tx, dataset, changes);
  if (files.written.length === 0 && files.gone.length === 0) return;
  await together([
    ensureDataset(tx, dataset),
    markOutdated(tx, { places: files.written.map(({ path }) => ({ dataset, path })) }),
    addToStatistics(tx, dataset, { files: files.files, bytes: files.bytes }),
  ]);
  await describe(tx, dataset, files);
  const attributes = await applyAttributes(tx, dataset, changes, files);
  const affected = await affectedScans(tx, dataset, files, attributes);
  await mergeScans(tx, events, dataset, affected, becauseOf(changes));
  await withdrawMadeFromIgnored(tx, events, dataset, files.gone, becauseOf(changes)(""));
};

/** Applies checked changes to their datasets and counts them for their batches. */
export const applyChanges = async (
  tx: Transaction,
  events: ServiceEvents,
  changes: readonly Change[],
): Promise<void> => {
  const byDataset = Map.groupBy(changes, ({ dataset }) => dataset);
  await lockDatasets(tx, byDataset.keys());
  for (const [dataset, ofDataset] of byDataset) await applyToDataset(tx, events, dataset, ofDataset);
  await countHandled(
    tx,
    events,
    changes.map(({ event, dataset, batch }) => ({ event, dataset, batch })),
  );
};
