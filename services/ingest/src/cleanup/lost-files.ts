import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { type Queryable, recordset } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";

/** What looking for lost files works with. */
type LookTools = { readonly sql: Queryable; readonly objects: Pick<ObjectStore, "heads"> };

/** A recorded file, with the import that recorded it: what was recorded anew meanwhile is another one. */
type Recorded = { readonly path: string; readonly size: number; readonly importId: string };

/**
 * Takes recorded files for lost that are not in the bucket with their size, among these paths. A lost file keeps its record, but has no
 * content any more, so that the same bytes are a change and not "unchanged".
 */
export const loseAbsent = async (tools: LookTools, dataset: string, paths: readonly string[]): Promise<void> => {
  if (paths.length === 0) return;
  const recorded = await tools.sql<Recorded[]>`
    select path, size, import_id from ingest.files
    where dataset = ${dataset} and path = any(${[...paths]}::text[]) and sha256 <> ''`;
  await lose(tools.sql, dataset, await absentOf(tools, dataset, recorded));
};

/**
 * Does the same for the files that an import finds recorded with its own bytes: these alone it would leave as they are. To be called under
 * the lock of the dataset's raw names, when nothing is copied or deleted.
 */
export const loseAbsentOf = async (tools: LookTools, dataset: string, importId: string): Promise<void> => {
  const recorded = await tools.sql<Recorded[]>`
    select file.path, file.size, file.import_id
    from ingest.import_files named join ingest.files file on file.path = named.path and file.sha256 = named.sha256
    where named.import_id = ${importId} and not named.gone and file.dataset = ${dataset}`;
  await lose(tools.sql, dataset, await absentOf(tools, dataset, recorded));
};

/**
 * Takes recorded files for lost that the catalog refused: it knows nothing of them, so uploading them again must announce them again.
 * Does nothing where there is no catalog.
 */
export const loseRefused = async (sql: Queryable, dataset: string): Promise<void> => {
  const [view] = await sql<{ there: boolean }[]>`
    select to_regclass('catalog.refused_files_v1') is not null as there`;
  if (view?.there !== true) return;
  // Times travel in whole milliseconds.
  await sql`
    update ingest.files file set sha256 = '', version = null
    from catalog.refused_files_v1 refused
    where file.dataset = ${dataset} and refused.dataset = ${dataset} and file.path = refused.path
      and file.sha256 = refused.sha256 and file.uploaded_at <= refused.published_at + interval '1 millisecond'`;
};

const absentOf = async (
  { objects }: LookTools,
  dataset: string,
  recorded: readonly Recorded[],
): Promise<readonly Recorded[]> => {
  if (recorded.length === 0) return [];
  const heads = await objects.heads(recorded.map(({ path }) => datasetKey(dataset, path)));
  return recorded.filter(({ path, size }) => heads.get(datasetKey(dataset, path))?.size !== size);
};

const lose = async (sql: Queryable, dataset: string, files: readonly Recorded[]): Promise<void> => {
  if (files.length === 0) return;
  await sql`
    update ingest.files file set sha256 = '', version = null
    from ${recordset(sql, { path: "text", importId: "uuid" }, files)} as absent
    where file.dataset = ${dataset} and file.path = absent.path and file.import_id = absent.import_id`;
};
