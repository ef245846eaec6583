import type { JsonObject } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { datasetDescription, folderName, treesOf } from "@rollerblade/analysis";
import { type Sql, type Transaction, withLock } from "@rollerblade/database";
import type { ObjectStore } from "@rollerblade/object-store";
import { findAnalyses, requireAnalysis } from "../analyses/known-analyses.ts";
import { jsonText } from "../locations/sidecar-text.ts";
import type { DerivativeRow, FolderRow } from "../tables.gen.ts";
import type { Publication } from "./claim-publications.ts";

/** What the files of a folder need. */
type Folders = { readonly sql: Sql; readonly objects: Pick<ObjectStore, "put" | "delete"> };

/** Loads the rules of BIDS for names when a folder is first written: they take megabytes, which a scheduler at rest does without. */
const rulesOfNames = () => import("@rollerblade/analysis/bids-ignore");

/** What a line of provenance holds: the same whenever and wherever the same work is done, so without ids and times. */
type Provenance = Pick<
  DerivativeRow,
  | "path"
  | "output"
  | "size"
  | "sha256"
  | "analysis"
  | "version"
  | "code"
  | "parameters"
  | "key"
  | "slice"
  | "sources"
  | "metadata"
>;

/** Rows of provenance that are in memory at once. */
const rowsPerRead = 500;

/** Keys of the descriptions that this process has put, by its pool: most publications find theirs here. */
const described = new WeakMap<Sql, Set<string>>();

/** Makes a folder a BIDS derivative dataset (a folder with `dataset_description.json`) before the first file comes into it. */
export const describeFolder = async ({ sql, objects }: Folders, task: Publication): Promise<void> => {
  const done = described.get(sql) ?? new Set<string>();
  described.set(sql, done);
  const folder = folderName(task.analysis, task.version, task.parametersHash);
  const key = datasetKey(task.dataset, `derivatives/${folder}/dataset_description.json`);
  if (done.has(key)) return;
  await writeDescription({ sql, objects }, { ...task, folder }, []);
  done.add(key);
};

/** Says what the folder is, and which of its files no validator shall judge: an analysis may make what BIDS has no name for. */
const writeDescription = async (
  { sql, objects }: Folders,
  of: Pick<FolderRow, "dataset" | "folder" | "analysis" | "version" | "parametersHash">,
  patterns: readonly string[],
): Promise<void> => {
  const { ignorePatterns } = await rulesOfNames();
  const { manifest, code } = requireAnalysis(await findAnalyses(sql, sql, [of]), of.analysis, of.version);
  const root = `derivatives/${of.folder}`;
  const ignored = [...new Set([...ignorePatterns(manifest), ...patterns])].sort();
  if (ignored.length > 0) {
    await objects.put(datasetKey(of.dataset, `${root}/.bidsignore`), Buffer.from(`${ignored.join("\n")}\n`));
  }
  const own = treesOf(manifest).length === 0 ? null : await ownDescription(sql, of);
  const description = jsonText(datasetDescription(manifest, of.parametersHash, code, own));
  await objects.put(datasetKey(of.dataset, `${root}/dataset_description.json`), Buffer.from(description));
};

/** Reads what a program said of itself in the description of its tree: the last one to speak counts. Null where none did. */
const ownDescription = async (
  sql: Sql,
  { dataset, folder }: Pick<FolderRow, "dataset" | "folder">,
): Promise<JsonObject | null> => {
  const [row] = await sql<{ metadata: JsonObject }[]>`
    select output.metadata from scheduler.outputs as output
    join scheduler.executions as execution on execution.id = output.execution
    where output.name like '%/dataset_description.json' and output.metadata is not null
      and exists (
        select from scheduler.derivatives as derivative
        where derivative.execution = output.execution and derivative.dataset = ${dataset} and derivative.folder = ${folder}
          and derivative.state = 'in-force')
    order by execution.created_at desc limit 1`;
  return row?.metadata ?? null;
};

/**
 * Brings the description and the provenance of every changed folder up to date. Both are written anew from the tables, so a crash
 * leaves the old ones or the new ones, and repeating it changes nothing. Many changes of a folder at once cost one writing.
 */
export const writeFolders = async (scheduler: Folders): Promise<void> => {
  const behind = await scheduler.sql<FolderRow[]>`select * from scheduler.folders where changed > written`;
  for (const folder of behind) await writeFolder(scheduler, folder);
};

/** The same for folders that still name somebody who was deleted, which waits for nothing else; see `hurryFolders`. */
export const writeUrgentFolders = async (scheduler: Folders): Promise<void> => {
  const urgent = await scheduler.sql<FolderRow[]>`
    select * from scheduler.folders where changed > written and written = ${neverWritten}`;
  for (const folder of urgent) await writeFolder(scheduler, folder);
};

/** Of a folder whose own files were not written yet, or hold what has to go. */
const neverWritten = -1;

/** Marks the folders of a dataset that are behind as urgent while somebody of it, or all of it, is being deleted. */
export const hurryFolders = (tx: Transaction, datasets: readonly string[]) => tx`
  update scheduler.folders as folder set written = ${neverWritten}
  where dataset = any(${[...datasets]}::text[]) and changed > written and exists (
    select from scheduler.tombstones as tombstone where tombstone.dataset = folder.dataset and tombstone.path = '')`;

/** One writer at a time, so that what was read before a deletion is not put after it. */
const writeFolder = (scheduler: Folders, { dataset, folder }: FolderRow): Promise<void> =>
  withLock(scheduler.sql, `scheduler/folder/${dataset}/${folder}`, async () => {
    const [behind] = await scheduler.sql<FolderRow[]>`
      select * from scheduler.folders where dataset = ${dataset} and folder = ${folder} and changed > written`;
    if (behind !== undefined) await writeFiles(scheduler, behind);
  });

const writeFiles = async ({ sql, objects }: Folders, folder: FolderRow): Promise<void> => {
  const root = `derivatives/${folder.folder}`;
  const keyOf = (name: string): string => datasetKey(folder.dataset, `${root}/${name}`);
  if (await isEmpty(sql, folder)) {
    await objects.delete(["dataset_description.json", ".bidsignore", ".rollerblade/provenance.jsonl"].map(keyOf));
    described.get(sql)?.delete(keyOf("dataset_description.json"));
  } else {
    const { ignorePatterns } = await rulesOfNames();
    const { manifest } = requireAnalysis(await findAnalyses(sql, sql, [folder]), folder.analysis, folder.version);
    const patterns = new Set<string>();
    const noteNames = (paths: readonly string[]): void => {
      const inside = paths.map((path) => path.slice(root.length + 1));
      for (const pattern of ignorePatterns(manifest, inside)) patterns.add(pattern);
    };
    await objects.put(keyOf(".rollerblade/provenance.jsonl"), provenance(sql, folder, noteNames));
    await writeDescription({ sql, objects }, folder, [...patterns]);
  }
  // Changes that came while it was written raised `changed` further: they are still ahead of what was written.
  await sql`
    update scheduler.folders set written = greatest(written, ${folder.changed})
    where dataset = ${folder.dataset} and folder = ${folder.folder}`;
};

const isEmpty = async (sql: Sql, { dataset, folder }: FolderRow): Promise<boolean> => {
  const some = await sql`
    select from scheduler.derivatives where dataset = ${dataset} and folder = ${folder} and state = 'in-force' limit 1`;
  return some.length === 0;
};

/**
 * Streams a line of JSON for each derivative; a folder of hundreds of thousands is never in memory as a whole.
 * @param noteNames is given the paths of each part, so that the table is read once
 */
const provenance = async function* (
  sql: Sql,
  { dataset, folder }: FolderRow,
  noteNames: (paths: readonly string[]) => void,
): AsyncGenerator<Uint8Array> {
  const all = sql<Provenance[]>`
    select path, output, size, sha256, analysis, version, code, parameters, key, slice, sources, metadata
    from scheduler.derivatives
    where dataset = ${dataset} and folder = ${folder} and state = 'in-force' order by path`;
  for await (const some of all.cursor(rowsPerRead)) {
    noteNames(some.map(({ path }) => path));
    yield Buffer.from(some.map(provenanceLine).join(""));
  }
};

const provenanceLine = ({ metadata, ...derivative }: Provenance): string =>
  `${JSON.stringify({ ...derivative, ...(metadata !== null && { metadata }) })}\n`;
