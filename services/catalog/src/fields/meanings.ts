import { columnMeanings, isJsonObject, type JsonObject } from "@rollerblade/abids";
import { metadataTerms } from "@rollerblade/abids/metadata-terms";
import type { Sql } from "@rollerblade/database";
import { fieldName } from "@rollerblade/query";
import { type ReadableDatasets, within } from "../datasets/readable-datasets.ts";
import { isDictionary } from "../indexing/dictionary-files.ts";

/** What a field means. */
export type Meaning = {
  readonly description: string | null;
  readonly units: string | null;
  /** What each value of a categorical field means, by value. */
  readonly levels: Readonly<Record<string, string>>;
};

type Dictionary = { readonly kind: string; readonly path: string; readonly content: JsonObject };

/** Dictionaries that are read, and of each column the levels; letters of one text. */
const limits = { dictionaries: 2_000, levels: 200, letters: 1_000 };

/** The group of fields that the columns of a table are, by the kind of the table. */
const groupsOf = ({ kind, path }: Dictionary): readonly string[] => {
  if (kind === "participants") return ["subject"];
  if (kind === "sessions") return ["session"];
  if (kind === "scans" || kind === "samples") return ["scan"];
  const tool = path.slice(path.lastIndexOf("/") + 1, -".json".length);
  return ["subject", "session"].map((group) => fieldName(group, ["phenotype", tool]));
};

const shortened = (text: string | null): string | null => text?.slice(0, limits.letters) ?? null;

/** What data dictionaries say of the columns of tables; of several the one nearest to the root counts. */
const dictionaries = async (sql: Sql, names: ReadableDatasets): Promise<Map<string, Meaning>> => {
  const rows = await sql<Dictionary[]>`
    select kind, path, content from catalog.files
    where ${sql.unsafe(isDictionary)} and ${names === "all" ? sql`true` : sql`dataset = any(${[...names]}::text[])`}
    order by length(folder), dataset, path limit ${limits.dictionaries}`;
  const meanings = new Map<string, Meaning>();
  for (const row of rows.reverse())
    for (const [column, { description, units, levels }] of columnMeanings(isJsonObject(row.content) ? row.content : {}))
      for (const group of groupsOf(row))
        meanings.set(fieldName(group, [column]), {
          description: shortened(description),
          units: shortened(units),
          levels: Object.fromEntries(
            [...levels].slice(0, limits.levels).map(([value, text]) => [value, text.slice(0, limits.letters)]),
          ),
        });
  return meanings;
};

/** What fields mean: as the datasets say, else as the BIDS schema does. */
export const meaningsOf = async (
  sql: Sql,
  readable: ReadableDatasets,
  dataset: string | undefined,
): Promise<(name: string) => Meaning> => {
  const byName = await dictionaries(sql, within(readable, dataset === undefined ? undefined : [dataset]));
  return (name) =>
    byName.get(name) ?? { description: null, units: null, levels: {}, ...(termOf(name) ?? ownMeanings[name]) };
};

type Term = Omit<Meaning, "levels">;

const termOf = (name: string): Term | undefined =>
  name.startsWith("metadata.") ? metadataTerms.get(name.slice("metadata.".length)) : undefined;

const ownMeanings: Readonly<Record<string, Term>> = {
  "dataset.name": { description: "What the dataset is called here", units: null },
  "subject.label": { description: "BIDS label without sub-", units: null },
  "subject.age": { description: "Age as participants.tsv says", units: "year" },
  "session.label": { description: "BIDS label without ses-", units: null },
  "session.age": { description: "Age as sessions.tsv says, else as participants.tsv does", units: "year" },
  "session.suffixes": { description: "Suffixes of all scans of the session", units: null },
  "subject.suffixes": { description: "Suffixes of all scans of the subject", units: null },
  "dataset.suffixes": { description: "Suffixes of all scans of the dataset", units: null },
  "scan.path": { description: "Path of the image within its dataset", units: null },
  "scan.suffix": { description: "What kind of scan it is: T1w, bold, dwi …", units: null },
  "scan.datatype": { description: "Folder that it lies in: anat, func …", units: null },
  "scan.acq_time": { description: "When it was acquired, as scans.tsv says", units: null },
  "file.size": { description: "Of the image; of each file at the level file", units: "byte" },
  "file.sha256": { description: "Content hash: sha256: and 64 hex digits", units: null },
  "file.role": { description: "image, or what it is to the image: json, bval, events.tsv …", units: null },
  "image.voxelSize": { description: "Size of a voxel along each axis, from the header", units: "mm" },
  "image.dims": { description: "Voxels along each axis, from the header", units: null },
  "image.repetitionTime": { description: "Time between volumes, from the header", units: "s" },
};
