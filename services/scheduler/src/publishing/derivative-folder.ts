import { datasetDescription, derivativeFolder, type Manifest } from "@rollerblade/analysis";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";
import type { derivatives, folders } from "../schema.ts";
import type { Publication } from "./claim-publications.ts";
import { publishedKey } from "./put-files.ts";
import { jsonText } from "./sidecar-text.ts";

type Folder = typeof folders.$inferSelect;
type Derivative = typeof derivatives.$inferSelect;

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
  const [inForce, description] = await Promise.all([readInForce(scheduler, folder), descriptionOf(scheduler, folder)]);
  const root = `derivatives/${folder.folder}`;
  const keys = [`${root}/dataset_description.json`, `${root}/.rollerblade/provenance.jsonl`];
  const [descriptionKey = "", provenanceKey = ""] = keys.map((path) => publishedKey(folder.dataset, path));
  if (inForce.length === 0) {
    await objects.delete([descriptionKey, provenanceKey]);
    described.get(scheduler)?.delete(descriptionKey);
  } else {
    await objects.put(descriptionKey, Buffer.from(description));
    await objects.put(provenanceKey, Buffer.from(inForce.map(provenanceLine).join("")));
  }
  await sql`
    update scheduler.folders set written = greatest(written, ${folder.changed})
    where dataset = ${folder.dataset} and folder = ${folder.folder}`;
};

const readInForce = ({ sql }: Scheduler, { dataset, folder }: Folder): PromiseLike<Derivative[]> => sql<Derivative[]>`
  select * from scheduler.derivatives
  where dataset = ${dataset} and folder = ${folder} and state = 'in-force' order by path`;

/** What is the same whenever and wherever the same work is done: no id and no time. */
const provenanceLine = ({
  path,
  output,
  size,
  sha256,
  analysis,
  version,
  code,
  parameters,
  key,
  slice,
  sources,
}: Derivative): string =>
  `${JSON.stringify({ path, output, size, sha256, analysis, version, code, parameters, key, slice, sources })}\n`;

const descriptionOf = async (
  { sql }: Scheduler,
  of: { readonly analysis: string; readonly version: string; readonly parametersHash: string },
): Promise<string> => {
  const analysis = (await findAnalyses(sql, sql, [of])).get(versionKey(of.analysis, of.version));
  if (analysis === undefined) throw new Error(`There is no ${of.analysis} ${of.version}.`);
  const manifest: Manifest = analysis.manifest;
  return jsonText(datasetDescription(manifest, of.parametersHash, analysis.code));
};
