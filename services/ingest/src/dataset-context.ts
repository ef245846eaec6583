import { type DatasetType, type Ignore, readBidsIgnore, readJsonObject } from "@rollerblade/abids";
import type { Ingest } from "./ingest.ts";
import type { ManifestRow } from "./manifest-rows.ts";
import type { Mode } from "./plan.ts";
import { readContent } from "./read-content.ts";

/** What the names of a dataset are judged by. */
export type DatasetContext = {
  readonly type: DatasetType;
  readonly bidsignore: string;
  readonly ignore: Ignore;
  /** False for a dataset that nothing was accepted into. */
  readonly known: boolean;
};

/** As the dataset will be after the import: what the manifest brings, else what is there. */
export const readDatasetContext = async (
  ingest: Ingest,
  dataset: string,
  manifest: readonly ManifestRow[],
  mode: Mode,
): Promise<DatasetContext> => {
  const [row] = await ingest.sql<{ type: DatasetType; bidsignore: string }[]>`
    select type, bidsignore from ingest.datasets where name = ${dataset}`;
  const incoming = (path: string): ManifestRow | undefined => manifest.find((file) => file.path === path);
  const description = await readStaged(ingest, incoming("dataset_description.json"));
  const ignoreFile = incoming(".bidsignore");
  const former = mode === "add" || ignoreFile !== undefined ? row?.bidsignore : "";
  const bidsignore = (await readStaged(ingest, ignoreFile)) ?? former ?? "";
  const type = description === null ? (row?.type ?? "raw") : typeOf(description);
  return { type, bidsignore, ignore: readBidsIgnore(bidsignore), known: row !== undefined };
};

const typeOf = (description: string): DatasetType =>
  readJsonObject("", description).value?.DatasetType === "derivative" ? "derivative" : "raw";

/** Null where the bytes are not staged: then they are what the dataset has already. */
const readStaged = async (ingest: Ingest, file: ManifestRow | undefined): Promise<string | null> => {
  if (file === undefined || file.key === null) return null;
  const bytes = await readContent(ingest.objects, { ...file, key: file.key, size: Math.min(file.size, 2 ** 20) });
  return bytes.toString("utf8");
};
