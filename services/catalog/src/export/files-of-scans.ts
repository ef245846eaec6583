import { type Entities, indexInheritance } from "@rollerblade/abids";
import type { Sql } from "@rollerblade/database";
import { foldersAbove } from "../indexing/load-scan-inputs.ts";
import type { Handout } from "./handout.ts";

/** A scan, as far as it says which files it needs. */
export type ScanPlace = {
  readonly dataset: string;
  readonly path: string;
  readonly files: readonly { readonly path: string }[];
  readonly sidecars: readonly string[];
};

type FileRow = Handout & {
  readonly folder: string;
  readonly suffix: string | null;
  readonly extension: string | null;
  readonly entities: Entities;
};

/**
 * Everything that these scans need of their datasets: images, companions, and of each of them the JSON of all levels that it
 * inherits from. A file may come again for other scans.
 */
export const filesOfScans = async (sql: Sql, scans: readonly ScanPlace[]): Promise<Handout[]> => {
  const byDataset = Map.groupBy(scans, ({ dataset }) => dataset);
  const files = await Promise.all([...byDataset].map(([dataset, of]) => filesOfDataset(sql, dataset, of)));
  return files.flat();
};

const filesOfDataset = async (sql: Sql, dataset: string, scans: readonly ScanPlace[]): Promise<Handout[]> => {
  const paths = new Set(scans.flatMap(({ files, sidecars }) => [...files.map(({ path }) => path), ...sidecars]));
  const named = await sql<FileRow[]>`
    select dataset, path, size, sha256, folder, suffix, extension, entities from catalog.files
    where dataset = ${dataset} and path = any(${[...paths]}::text[])`;
  const folders = new Set(named.flatMap(({ folder }) => foldersAbove(folder)));
  const describing = await sql<FileRow[]>`
    select dataset, path, size, sha256, folder, suffix, extension, entities from catalog.files
    where dataset = ${dataset} and folder = any(${[...folders]}::text[]) and extension = '.json' and kind in ('companion', 'sidecar')`;
  const byPath = new Map([...describing, ...named].map((file) => [file.path, file]));
  const index = indexInheritance(describing.map(nameOf));
  for (const file of named) for (const path of index.of(nameOf(file)).sidecars) paths.add(path);
  return [...paths].flatMap((path) => byPath.get(path) ?? []).map(handoutOf);
};

const nameOf = ({ path, suffix, extension, entities }: FileRow) => ({
  path,
  suffix: suffix ?? "",
  extension: extension ?? "",
  entities,
  subject: entities.sub ?? null,
  session: entities.ses ?? null,
  datatype: null,
});

const handoutOf = ({ dataset, path, size, sha256 }: FileRow): Handout => ({ dataset, path, size, sha256 });
