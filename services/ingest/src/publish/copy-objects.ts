import { buffer } from "node:stream/consumers";
import { compareBytes } from "@rollerblade/abids";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { crashPoint } from "@rollerblade/events";
import pLimit from "p-limit";
import type { ImportRow } from "../imports/import-rows.ts";
import type { ManifestRow } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import { parentsOf } from "../plan/check-manifest.ts";
import type { PlannedFile } from "../plan/plan.ts";
import type { MadePlan, PlannedPart } from "./make-plan.ts";
import { createProgress, type Progress } from "./progress.ts";

/** Packs that are in memory at once: files are copied in the order of their paths, in which they were packed too. */
const packsInMemory = 3;

/** Brings staged bytes to their names. Every step may be repeated, so a crash costs only time. */
export const copyObjects = async (ingest: Ingest, row: ImportRow, { parts }: MadePlan): Promise<void> => {
  const { dataset } = row;
  await ingest.objects.delete((await inTheWay(ingest, row, parts)).map((path) => datasetKey(dataset, path)));
  const progress = createProgress(ingest, row.id);
  for await (const part of parts()) await copyPart(ingest, dataset, part, progress);
};

/**
 * Copies the files of a part in an order in which the dataset is valid for as much of the time as a bucket allows: its
 * description, then the other files at its root, then the rest by path, of each scan the companions before its image.
 */
const copyPart = async (
  ingest: Ingest,
  dataset: string,
  { plan, manifest }: PlannedPart,
  progress: Progress,
): Promise<void> => {
  const packs = createPackReader(ingest);
  const [units, copies] = [pLimit(ingest.config.copies), pLimit(ingest.config.copies)];
  const copyOne = async (file: ManifestRow): Promise<void> => {
    ingest.signal.throwIfAborted();
    const to = datasetKey(dataset, file.path);
    if (file.start === null) await ingest.objects.copy(file.key ?? "", to);
    else await ingest.objects.put(to, await packs.read(file.key ?? "", file), file);
    crashPoint("ingest.copied-one");
    progress.add(1);
  };
  const copyUnit = async (unit: CopyUnit): Promise<void> => {
    for (const paths of unit) {
      const files = paths.flatMap((path) => manifest.get(path) ?? []);
      await Promise.all(files.map((file) => copies(copyOne, file)));
    }
  };
  for (const stage of inCopyOrder(plan.put)) await Promise.all(stage.map((unit) => units(copyUnit, unit)));
};

/** Paths that belong together, in groups that are copied one after the other. */
type CopyUnit = readonly (readonly string[])[];

/** What copying a file needs to know of it. */
type CopiedFile = Pick<PlannedFile, "path" | "scan" | "role">;

/** Files in stages, each of which is copied before the next one is begun; the units of a stage are copied side by side, in their order. */
export const inCopyOrder = (files: readonly CopiedFile[]): readonly (readonly CopyUnit[])[] => {
  const isDescription = ({ path }: CopiedFile): boolean => path === "dataset_description.json";
  const isAtRoot = ({ path }: CopiedFile): boolean => !path.includes("/");
  const alone = (of: readonly CopiedFile[]): CopyUnit[] => of.map(({ path }) => [[path]]);
  const below = files.filter((file) => !isAtRoot(file)).sort((a, b) => compareBytes(a.path, b.path));
  return [
    alone(files.filter(isDescription)),
    alone(files.filter((file) => isAtRoot(file) && !isDescription(file))),
    [...Map.groupBy(below, ({ scan, path }) => scan ?? path).values()].map(companionsFirst),
  ];
};

/** An image lies beside all of its companions whenever it lies there. */
const companionsFirst = (files: readonly CopiedFile[]): CopyUnit => {
  const { image = [], other = [] } = Object.groupBy(files, ({ role }) =>
    role.startsWith("image") ? "image" : "other",
  );
  return [other, image].map((group) => group.map(({ path }) => path)).filter((group) => group.length > 0);
};

type PackReader = { read(key: string, file: Pick<ManifestRow, "start" | "size">): Promise<Uint8Array> };

/** Reads files out of packs, of which the last ones stay in memory. */
const createPackReader = ({ objects }: Pick<Ingest, "objects">): PackReader => {
  const packs = new Map<string, Promise<Uint8Array>>();
  const open = (key: string): Promise<Uint8Array> => {
    const pack = packs.get(key) ?? objects.get(key).then((stream) => buffer(stream));
    packs.delete(key);
    packs.set(key, pack);
    for (const oldest of packs.keys()) if (packs.size > packsInMemory) packs.delete(oldest);
    return pack;
  };
  return {
    read: async (key, { start, size }) => (await open(key)).subarray(start ?? 0, (start ?? 0) + size),
  };
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
