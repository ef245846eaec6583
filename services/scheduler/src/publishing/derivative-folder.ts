import { datasetDescription, derivativeFolder, type Manifest } from "@rollerblade/analysis";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";
import type { derivatives, folders } from "../schema.ts";
import type { Publication } from "./claim-publications.ts";
import { publishedKey } from "./put-files.ts";
import { jsonText } from "./sidecar-text.ts";

type Folder = typeof folders.$inferSelect;
/** What provenance tells of a derivative. */
type Derivative = Pick<
  typeof derivatives.$inferSelect,
  "path" | "output" | "size" | "sha256" | "analysis" | "version" | "code" | "parameters" | "key" | "slice" | "sources"
>;

const described = new WeakMap<Scheduler, Set<string>>();

/** Makes a folder a BIDS derivative dataset before the first file comes into it. */
export const describeFolder = async (scheduler: Scheduler, task: Publication): Promise<void> => {
  const done = described.get(scheduler) ?? new Set<string>();
  described.set(scheduler, done);
  const folder = derivativeFolder({ name: task.analysis, version: task.version }, task.parametersHash);
  const key = publishedKey(task.dataset, `${folder}/dataset_description.json`);
  if (done.has(key)) return;
  await scheduler.objects.put(key, Buffer.from(await descriptionOf(scheduler, task)));
  done.add(key);
};

/**
 * Brings the description and the provenance of every changed folder up to date. Both are made anew from the tables, so a crash
 * leaves the old ones or the new ones, and repeating it changes nothing. Many changes at once cost one writing.
 */
export const writeFolders = async (scheduler: Scheduler): Promise<void> => {
  const behind = await scheduler.sql<Folder[]>`select * from scheduler.folders where changed > written`;
  for (const folder of behind) await writeFolder(scheduler, folder);
};

const writeFolder = async (scheduler: Scheduler, folder: Folder): Promise<void> => {
  const { objects, sql } = scheduler;
  const root = `derivatives/${folder.folder}`;
  const keys = [`${root}/dataset_description.json`, `${root}/.rollerblade/provenance.jsonl`];
  const [descriptionKey = "", provenanceKey = ""] = keys.map((path) => publishedKey(folder.dataset, path));
  if (await isEmpty(scheduler, folder)) {
    await objects.delete([descriptionKey, provenanceKey]);
    described.get(scheduler)?.delete(descriptionKey);
  } else {
    await objects.put(descriptionKey, Buffer.from(await descriptionOf(scheduler, folder)));
    await objects.put(provenanceKey, provenance(scheduler, folder));
  }
  await sql`
    update scheduler.folders set written = greatest(written, ${folder.changed})
    where dataset = ${folder.dataset} and folder = ${folder.folder}`;
};

const isEmpty = async ({ sql }: Scheduler, { dataset, folder }: Folder): Promise<boolean> => {
  const some = await sql`
    select from scheduler.derivatives where dataset = ${dataset} and folder = ${folder} and state = 'in-force' limit 1`;
  return some.length === 0;
};

/** A line for each derivative; a folder of hundreds of thousands is never in memory as a whole. */
const provenance = async function* ({ sql }: Scheduler, { dataset, folder }: Folder): AsyncGenerator<Uint8Array> {
  const all = sql<Derivative[]>`
    select path, output, size, sha256, analysis, version, code, parameters, key, slice, sources
    from scheduler.derivatives
    where dataset = ${dataset} and folder = ${folder} and state = 'in-force' order by path`;
  for await (const some of all.cursor(500)) yield Buffer.from(some.map(provenanceLine).join(""));
};

/** What is the same whenever and wherever the same work is done: no id and no time. */
const provenanceLine = (derivative: Derivative): string => `${JSON.stringify(derivative)}\n`;

const descriptionOf = async (
  { sql }: Scheduler,
  of: { readonly analysis: string; readonly version: string; readonly parametersHash: string },
): Promise<string> => {
  const analysis = (await findAnalyses(sql, sql, [of])).get(versionKey(of.analysis, of.version));
  if (analysis === undefined) throw new Error(`There is no ${of.analysis} ${of.version}.`);
  const manifest: Manifest = analysis.manifest;
  return jsonText(datasetDescription(manifest, of.parametersHash, analysis.code));
};
