import { type DatasetFinding, indexDataset } from "@rollerblade/abids";
import { storableFinding } from "@rollerblade/client";
import { lockInTransaction, transaction } from "@rollerblade/database";
import type { ImportRow } from "../imports/import-rows.ts";
import type { Ingest } from "../ingest.ts";
import { fingerprintOf, insertFindings } from "./insert-findings.ts";
import { findingsLock, mergeReports } from "./merge-reports.ts";
import { uploadTree } from "./upload-tree.ts";

/** Limit of findings of one upload: a person sees the pattern in these. */
const maxFindings = 1_000;

/**
 * Judges the files of an upload as `dataset check` does, and keeps what is wrong with them: an upload has no client that
 * looks through the folder it came from. What was wrong with these files before is fixed by it. What the files make of
 * the rest of the dataset is left to the next look through all of it.
 */
export const reportUpload = async (ingest: Ingest, row: ImportRow, paths: readonly string[]): Promise<void> => {
  const { id, dataset } = row;
  if (paths.length === 0) return;
  const findings = (await judge(ingest, dataset, paths)).slice(0, maxFindings).map(storableFinding);
  await mergeReports(ingest, dataset);
  await transaction(ingest.sql, async (tx) => {
    await lockInTransaction(tx, findingsLock(dataset));
    await tx`
      update ingest.findings set fixed_by = ${id}, fixed_at = now()
      where dataset = ${dataset} and fixed_by is null and file = any(${[...paths]}::text[])
        and fingerprint <> all(${findings.map(fingerprintOf)}::text[])`;
    await insertFindings(tx, { id, dataset, foundAt: new Date() }, findings);
  });
};

const judge = async (ingest: Ingest, dataset: string, paths: readonly string[]): Promise<DatasetFinding[]> => {
  const own = new Set(paths);
  const found: DatasetFinding[] = [];
  for (const { findings } of indexDataset(await uploadTree(ingest, dataset, paths), { tables: true }))
    found.push(...findings.filter(({ file }) => own.has(file)));
  return found;
};
