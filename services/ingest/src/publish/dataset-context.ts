import { type DatasetType, datasetTypeOf, type Ignore, readBidsIgnore, readJsonObject } from "@rollerblade/abids";
import { openLocation } from "@rollerblade/object-store";
import type { ImportRow } from "../imports/import-rows.ts";
import { type ManifestRow, manifestOf } from "../imports/manifest-rows.ts";
import type { Ingest } from "../ingest.ts";
import { readContent, readSmallText } from "../staged/read-content.ts";

/** What the names of a dataset are judged by. */
export type DatasetContext = {
  readonly type: DatasetType;
  readonly bidsignore: string;
  readonly ignore: Ignore;
  /** False for a dataset that nothing was accepted into. */
  readonly known: boolean;
};

/** Limit of bytes of a description or an ignore file. */
const maxBytes = 2 ** 20;

/** As the dataset will be after the import: what the manifest brings, else what is there. */
export const readDatasetContext = async (ingest: Ingest, row: ImportRow): Promise<DatasetContext> => {
  const { id, dataset, mode } = row;
  const [known] = await ingest.sql<{ type: DatasetType; bidsignore: string }[]>`
    select type, bidsignore from ingest.datasets where name = ${dataset}`;
  const incoming = await manifestOf(ingest.sql, id, ["dataset_description.json", ".bidsignore"]);
  const textOf = async (path: string): Promise<string | null> =>
    readIncoming(
      ingest,
      row,
      incoming.find((file) => file.path === path),
    );
  const [gone] = await ingest.sql`
    select 1 from ingest.import_files where import_id = ${id} and path = '.bidsignore' and gone`;
  const description = await textOf("dataset_description.json");
  const former = mode === "mirror" && gone !== undefined ? "" : known?.bidsignore;
  const bidsignore = (await textOf(".bidsignore")) ?? former ?? "";
  const type = description === null ? (known?.type ?? "raw") : datasetTypeOf(readJsonObject("", description).value);
  return { type, bidsignore, ignore: readBidsIgnore(bidsignore), known: known !== undefined };
};

/** Null where nothing came: then it is what the dataset has already. */
const readIncoming = async (ingest: Ingest, row: ImportRow, file: ManifestRow | undefined): Promise<string | null> => {
  if (file === undefined || file.size > maxBytes) return null;
  if (file.key !== null) return (await readContent(ingest.objects, { ...file, key: file.key })).toString("utf8");
  return row.location === null ? null : readSmallText(await openLocation(row.location), file.path);
};
