import { Readable } from "node:stream";
import { bidsVersion, classify, readJsonObject } from "@rollerblade/abids";
import type { Queryable } from "@rollerblade/database";
import pLimit from "p-limit";
import { type DatasetContext, readDatasetContext } from "./dataset-context.ts";
import type { ImportRow } from "./import-rows.ts";
import { type Ingest, stagingPrefix } from "./ingest.ts";
import { addManifest, type ManifestRow, readManifest } from "./manifest-rows.ts";
import type { Planned, RecordedFile } from "./plan.ts";
import { planImport, scanFolderOf } from "./plan-import.ts";
import { readContent, type StagedContent } from "./read-content.ts";
import { stageObject } from "./stage-object.ts";

/** A plan with what it was made from. */
export type MadePlan = {
  readonly planned: Planned;
  readonly context: DatasetContext;
  /** The manifest by path, with where the bytes are staged. */
  readonly manifest: ReadonlyMap<string, ManifestRow>;
};

/** Makes the plan of an import from what the database and the bucket hold. The dataset's lock must be held. */
export const makePlan = async (ingest: Ingest, row: ImportRow): Promise<MadePlan> => {
  const manifest = await withDescription(ingest, row, await readManifest(ingest.sql, row.id));
  const context = await readDatasetContext(ingest, row.dataset, manifest, row.mode);
  const recorded = await readRecorded(ingest.sql, row, manifest);
  const faults = await faultsOf(ingest, row, manifest);
  const planned = planImport({
    ...context,
    mode: row.mode,
    manifest,
    recorded,
    faults,
    hasDescription: row.mode === "add",
  });
  return { planned, context, manifest: new Map(manifest.map((file) => [file.path, file])) };
};

const readRecorded = (sql: Queryable, { dataset, mode }: ImportRow, manifest: readonly ManifestRow[]) => {
  const folders = [...new Set(manifest.map(({ path }) => scanFolderOf(path)))];
  return sql<RecordedFile[]>`
    select path, size, sha256, scan, role, origin from ingest.files
    where dataset = ${dataset} and ${mode === "mirror" ? sql`true` : sql`folder = any(${folders}::text[])`}
    order by path collate "C"`;
};

/** A bucket folder is a BIDS dataset at all times, so the first scan of a dataset brings a description along. */
const withDescription = async (
  ingest: Ingest,
  row: ImportRow,
  manifest: readonly ManifestRow[],
): Promise<readonly ManifestRow[]> => {
  const path = "dataset_description.json";
  if (row.mode === "mirror" || manifest.some((file) => file.path === path)) return manifest;
  if (!manifest.some((file) => takesPart(file.path))) return manifest;
  const there = await ingest.sql`select 1 from ingest.files where dataset = ${row.dataset} and path = ${path}`;
  if (there.length > 0) return manifest;
  const text = JSON.stringify({ Name: row.dataset, BIDSVersion: bidsVersion.bids, DatasetType: "raw" }, null, 2);
  const key = `${stagingPrefix(row.id)}description`;
  const stored = await stageObject(ingest, Readable.from([Buffer.from(`${text}\n`)]), {
    importId: row.id,
    key,
    isJson: true,
  });
  await addManifest(ingest.sql, row.id, [{ path, ...stored }]);
  return readManifest(ingest.sql, row.id);
};

const takesPart = (path: string): boolean => !["ignored", "derivative", "invalid"].includes(classify(path).class);

/** Contents were read when they came, unless nobody had said by then that they are JSON. */
const faultsOf = async (
  ingest: Ingest,
  row: ImportRow,
  manifest: readonly ManifestRow[],
): Promise<Map<string, string>> => {
  const faults = new Map(
    manifest.flatMap(({ sha256, fault }): [string, string][] => (fault === null ? [] : [[sha256, fault]])),
  );
  const unread = await ingest.sql<StagedContent[]>`
    select distinct s.sha256, s.key, s.start, s.size from ingest.staged s join ingest.import_files m using (import_id, sha256)
    where s.import_id = ${row.id} and not s.checked and m.path like '%.json' and s.size <= 16777216`;
  const limit = pLimit(ingest.config.copies);
  await Promise.all(
    unread.map((content) =>
      limit(async () => {
        const fault = readJsonObject("", await readContent(ingest.objects, content)).findings[0]?.message;
        if (fault !== undefined) faults.set(content.sha256, fault);
      }),
    ),
  );
  return faults;
};
