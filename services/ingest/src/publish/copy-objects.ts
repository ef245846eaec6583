import { buffer } from "node:stream/consumers";
import { crashPoint } from "@rollerblade/events";
import { datasetKey } from "@rollerblade/object-store/layout";
import pLimit from "p-limit";
import type { ImportRow } from "../imports/import-rows.ts";
import type { ManifestRow } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import { parentsOf } from "../plan/check-manifest.ts";
import type { MadePlan, PlannedPart } from "./make-plan.ts";
import { createProgress, type Progress } from "./progress.ts";

/** Packs that are in memory at once. */
const packsAtOnce = 2;

/** Brings staged bytes to their names. Every step may be repeated, so a crash costs only time. */
export const copyObjects = async (ingest: Ingest, row: ImportRow, { parts }: MadePlan): Promise<void> => {
  const { dataset } = row;
  await ingest.objects.delete((await inTheWay(ingest, row, parts)).map((path) => datasetKey(dataset, path)));
  const progress = createProgress(ingest, row.id);
  for await (const part of parts()) await copyPart(ingest, dataset, part, progress);
};

const copyPart = async (
  ingest: Ingest,
  dataset: string,
  { plan, manifest }: PlannedPart,
  progress: Progress,
): Promise<void> => {
  const step = async (work: () => Promise<unknown>): Promise<void> => {
    ingest.signal.throwIfAborted();
    await work();
    crashPoint("ingest.copied-one");
    progress.add(1);
  };
  const { alone, packs } = byPack(plan.put.flatMap(({ path }) => manifest.get(path) ?? []));
  const one = pLimit(ingest.config.copies);
  const pack = pLimit(packsAtOnce);
  await Promise.all([
    ...alone.map(({ path, key }) => one(step, () => ingest.objects.copy(key ?? "", datasetKey(dataset, path)))),
    ...[...packs].map(([key, files]) =>
      pack(async () => {
        const bytes = await buffer(await ingest.objects.get(key));
        const put = ({ path, start, size, sha256 }: ManifestRow) =>
          ingest.objects.put(datasetKey(dataset, path), bytes.subarray(start ?? 0, (start ?? 0) + size), {
            size,
            sha256,
          });
        await Promise.all(files.map((file) => one(step, () => put(file))));
      }),
    ),
  ]);
};

const byPack = (files: readonly ManifestRow[]): { alone: ManifestRow[]; packs: Map<string, ManifestRow[]> } => {
  const [alone, packed] = [files.filter(({ start }) => start === null), files.filter(({ start }) => start !== null)];
  return { alone, packs: Map.groupBy(packed, ({ key }) => key ?? "") };
};

/** A file where a folder is to be, or the other way round: no store can hold both, so what goes must go first. */
const inTheWay = async ({ sql }: Ingest, { id }: ImportRow, parts: MadePlan["parts"]): Promise<string[]> => {
  const gone = await sql<{ path: string }[]>`select path from ingest.import_files where import_id = ${id} and gone`;
  if (gone.length === 0) return [];
  const files = new Set<string>();
  const folders = new Set<string>();
  const above = new Set(gone.flatMap(({ path }) => parentsOf(path)));
  for await (const { plan } of parts()) {
    for (const { path } of plan.put) {
      if (above.has(path)) files.add(path);
      for (const folder of parentsOf(path)) folders.add(folder);
    }
  }
  return gone.flatMap(({ path }) =>
    folders.has(path) || parentsOf(path).some((folder) => files.has(folder)) ? [path] : [],
  );
};
