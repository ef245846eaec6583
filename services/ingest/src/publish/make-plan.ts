import { Readable } from "node:stream";
import { bidsVersion, classify, readJsonObject } from "@rollerblade/abids";
import { importDescriptionKey } from "@rollerblade/abids/bucket-layout";
import type { Finding } from "@rollerblade/errors";
import pLimit from "p-limit";
import type { ImportRow } from "../imports/import-rows.ts";
import { addManifest, type ManifestRow } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import { parentsOf } from "../plan/check-manifest.ts";
import type { Planned } from "../plan/plan.ts";
import { planImport } from "../plan/plan-import.ts";
import { readContent, type StagedContent } from "../staged/read-content.ts";
import { stageObject } from "../staged/stage-object.ts";
import { type DatasetContext, readDatasetContext } from "./dataset-context.ts";
import { hasKeptOut } from "./keep-out.ts";
import { type Chunk, chunksOf } from "./plan-chunks.ts";

/** The plan of some folders, with the manifest that it was made from by path. */
export type PlannedPart = Planned & { readonly manifest: ReadonlyMap<string, ManifestRow> };

/** The plan of a whole import, part by part, as often as it is asked for. */
export type MadePlan = { readonly context: DatasetContext; parts(): AsyncGenerator<PlannedPart> };

/** Files of a plan that is kept rather than made again. */
const keptFiles = 60_000;

/** Plans an import from what the database and the bucket hold, in bounded memory. The dataset's lock must be held. */
export const makePlan = async (ingest: Ingest, row: ImportRow): Promise<MadePlan> => {
  await addDescription(ingest, row);
  const context = await readDatasetContext(ingest, row);
  const unread = await readUnread(ingest, row);
  const make = async function* (): AsyncGenerator<PlannedPart> {
    for await (const chunk of chunksOf(ingest, row)) {
      const notFolders = await filesAmong(ingest, row, chunk);
      const faults = new Map([...unread, ...faultsIn(chunk.manifest)]);
      const planned = planImport({ ...context, ...chunk, mode: row.mode, faults, notFolders });
      yield { ...planned, manifest: new Map(chunk.manifest.map((file) => [file.path, file])) };
    }
  };
  // The plan of an import in place is read once, when it is recorded, unless it has to be judged before.
  const isReadOnce = row.location !== null && !row.strict && !row.dryRun;
  return { context, parts: isReadOnce ? make : keeping(make) };
};

/** Keeps the parts of a plan that is not too large. */
const keeping = (make: () => AsyncGenerator<PlannedPart>): (() => AsyncGenerator<PlannedPart>) => {
  let kept: PlannedPart[] | null = null;
  return async function* () {
    if (kept !== null) return yield* kept;
    const seen: PlannedPart[] = [];
    let files = 0;
    for await (const part of make()) {
      files += part.manifest.size + part.plan.remove.length;
      if (files <= keptFiles) seen.push(part);
      // A plan that is too large is made again anyway: its first parts need no memory until then.
      else seen.length = 0;
      yield part;
    }
    if (files <= keptFiles) kept = seen;
  };
};

/** A bucket folder is a BIDS dataset at all times, so the first scan of a dataset brings a description along. */
const addDescription = async (ingest: Ingest, { id, dataset, mode }: ImportRow): Promise<void> => {
  const path = "dataset_description.json";
  if (mode !== "upload") return;
  const names = await ingest.sql<{ path: string }[]>`select path from ingest.import_files where import_id = ${id}`;
  if (names.some((file) => file.path === path) || !names.some((file) => takesPart(file.path))) return;
  const there = await ingest.sql`select 1 from ingest.files where dataset = ${dataset} and path = ${path}`;
  if (there.length > 0) return;
  const text = JSON.stringify({ Name: dataset, BIDSVersion: bidsVersion.bids, DatasetType: "raw" }, null, 2);
  const key = importDescriptionKey(id);
  const stored = await stageObject(ingest, Readable.from([Buffer.from(`${text}\n`)]), {
    importId: id,
    key,
    isJson: true,
  });
  await addManifest(ingest.sql, id, [{ path, ...stored }]);
};

const takesPart = (path: string): boolean => !["ignored", "derivative", "invalid"].includes(classify(path).class);

const faultsIn = (manifest: readonly ManifestRow[]): [string, string][] =>
  manifest.flatMap(({ sha256, fault }): [string, string][] => (fault === null ? [] : [[sha256, fault]]));

/** Contents were read when they came, unless it was not known by then that they are JSON. */
const readUnread = async (ingest: Ingest, row: ImportRow): Promise<Map<string, string>> => {
  const faults = new Map<string, string>();
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

/**
 * Of the folders above these files those that are files, now or after the import: a bucket can have both, a dataset
 * cannot.
 */
const filesAmong = async (
  ingest: Ingest,
  { id, dataset, mode }: ImportRow,
  { manifest }: Chunk,
): Promise<Set<string>> => {
  const parents = [...new Set(manifest.flatMap(({ path }) => parentsOf(path)))];
  const rows = await ingest.sql<{ path: string }[]>`
    select path from ingest.import_files where import_id = ${id} and not gone and path = any(${parents}::text[])
    union
    select path from ingest.files f where dataset = ${dataset} and path = any(${parents}::text[])
      and not exists (select from ingest.import_files m where m.import_id = ${id} and m.path = f.path and (m.gone = false or ${mode} = 'mirror'))`;
  return new Set(rows.map(({ path }) => path));
};

/** What refuses a whole import: a dataset without a usable description. */
export const faultsOfDataset = async (ingest: Ingest, row: ImportRow): Promise<Finding[]> => {
  const { id, dataset, mode } = row;
  const path = "dataset_description.json";
  if (mode === "upload") {
    if (hasKeptOut(row)) return [];
    const names = await ingest.sql<{ path: string }[]>`select path from ingest.import_files where import_id = ${id}`;
    return names.some((file) => !["ignored", "derivative"].includes(classify(file.path).class)) ? [] : [nothing];
  }
  const [description] = await ingest.sql<{ gone: boolean }[]>`
    select gone from ingest.import_files where import_id = ${id} and path = ${path}
    union all select false from ingest.files where dataset = ${dataset} and path = ${path}
      and not exists (select from ingest.import_files where import_id = ${id} and path = ${path})`;
  return description === undefined || (description.gone && mode === "mirror")
    ? [row.findings.find(({ where }) => where === path) ?? noDescription]
    : [];
};

const noDescription: Finding = {
  where: "dataset_description.json",
  message: 'is missing; BIDS requires it, at least {"Name": "…", "BIDSVersion": "1.11.1"}',
};
const nothing: Finding = { where: "", message: "nothing was sent that BIDS has a name for" };
