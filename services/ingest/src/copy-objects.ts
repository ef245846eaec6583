import { buffer } from "node:stream/consumers";
import { crashPoint } from "@rollerblade/events";
import pLimit from "p-limit";
import type { ImportRow } from "./import-rows.ts";
import { type Ingest, objectKey } from "./ingest.ts";
import type { ManifestRow } from "./manifest-rows.ts";
import type { Plan } from "./plan.ts";
import { createProgress } from "./progress.ts";

/** Packs that are in memory at once. */
const packsAtOnce = 2;

/** Brings staged bytes to their names. Every step may be repeated, so a crash costs only time. */
export const copyObjects = async (
  ingest: Ingest,
  row: ImportRow,
  plan: Plan,
  manifest: ReadonlyMap<string, ManifestRow>,
): Promise<void> => {
  const { dataset } = row;
  await ingest.objects.delete(inTheWay(plan).map((path) => objectKey(dataset, path)));
  const progress = createProgress(ingest, row.id);
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
    ...alone.map(({ path, key }) => one(step, () => ingest.objects.copy(key ?? "", objectKey(dataset, path)))),
    ...[...packs].map(([key, files]) =>
      pack(async () => {
        const bytes = await buffer(await ingest.objects.get(key));
        const put = ({ path, start, size, sha256 }: ManifestRow) =>
          ingest.objects.put(objectKey(dataset, path), bytes.subarray(start ?? 0, (start ?? 0) + size), {
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
const inTheWay = ({ remove, put }: Plan): string[] => {
  const files = new Set(put.map(({ path }) => path));
  const folders = new Set(put.flatMap(({ path }) => parentsOf(path)));
  return remove.filter((path) => folders.has(path) || parentsOf(path).some((folder) => files.has(folder)));
};

const parentsOf = (path: string): string[] => {
  const names = path.split("/");
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join("/"));
};
