import type { JsonObject } from "@rollerblade/abids";
import { metadataTerms } from "@rollerblade/abids/metadata-terms";
import type { Sql } from "@rollerblade/database";
import { queryFields } from "@rollerblade/query";
import { type ReadableDatasets, within } from "../query/readable-datasets.ts";

/** A field that can be asked. */
export type KnownField = {
  readonly name: string;
  readonly types: string[];
  /** In how many datasets it is; null for what always exists. */
  readonly datasets: number | null;
  readonly count: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly examples: [string, number][];
};

const nothing = { datasets: null, count: null, low: null, high: null, examples: [] };

const standard: readonly KnownField[] = Object.entries(queryFields.known).map(([name, type]) => ({
  ...{ name, types: [type === "dynamic" ? "list" : type] },
  ...nothing,
}));

const mostExamples = 10;

type Example = readonly [value: string, count: number];
type Row = Omit<KnownField, "examples"> & { readonly examples: readonly (readonly Example[])[] };

/** The most frequent values over all datasets. */
const merged = (examples: readonly Example[]): [string, number][] => {
  const counts = new Map<string, number>();
  for (const [value, count] of examples) counts.set(value, (counts.get(value) ?? 0) + count);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, mostExamples);
};

const like = (prefix: string): string => `${prefix.replace(/[\\%_]/g, "\\$&")}%`;

/** The fields that always exist, and those that the readable datasets bring along, by name. */
export const knownFields = async (
  sql: Sql,
  readable: ReadableDatasets,
  { dataset, prefix = "", limit = 20_000 }: { dataset?: string | undefined; prefix?: string; limit?: number } = {},
): Promise<KnownField[]> => {
  const names = within(readable, dataset === undefined ? undefined : [dataset]);
  const rows = await sql<Row[]>`
    select name, array_agg(distinct type order by type) as types, count(distinct dataset)::int as datasets, sum(count)::int8 as count,
      min(low) as low, max(high) as high, jsonb_agg(examples) as examples
    from catalog.fields where ${names === "all" ? sql`true` : sql`dataset = any(${[...names]}::text[])`}
      and name like ${like(prefix)} group by name order by name limit ${limit}`;
  const told = rows.map((row) => ({ ...row, examples: merged(row.examples.flat()) }));
  const byName = new Map(standard.filter(({ name }) => name.startsWith(prefix)).map((field) => [field.name, field]));
  for (const field of told)
    byName.set(field.name, { ...field, datasets: byName.has(field.name) ? null : field.datasets });
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
};

/** Which of these names, or of what they are a part of, some readable dataset has. */
export const seenFields = async (
  sql: Sql,
  readable: ReadableDatasets,
  asked: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await sql<{ name: string }[]>`
    select distinct name from catalog.fields
    where name = any(${[...asked]}::text[]) and ${readable === "all" ? sql`true` : sql`dataset = any(${[...readable]}::text[])`}`;
  return new Set(rows.map(({ name }) => name));
};

/** What a field means. */
export type Meaning = { readonly description: string | null; readonly units: string | null };

const textIn = (entry: JsonObject, key: string): string | null => {
  const value = entry[key];
  return typeof value === "string" ? value.slice(0, 1_000) : null;
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What data dictionaries say of columns: `participants.json` of subjects, `sessions.json` of sessions. */
const dictionaries = async (sql: Sql, names: ReadableDatasets): Promise<Map<string, Meaning>> => {
  const rows = await sql<{ kind: string; content: JsonObject }[]>`
    select kind, content from catalog.files
    where folder = '' and kind in ('participants', 'sessions') and content is not null
      and ${names === "all" ? sql`true` : sql`dataset = any(${[...names]}::text[])`} order by dataset limit 200`;
  return new Map(
    rows.flatMap(({ kind, content }) =>
      Object.entries(content).flatMap(([column, entry]) => {
        const field = `${kind === "participants" ? "subject" : "session"}.${column}`;
        const meaning = isObject(entry) && { description: textIn(entry, "Description"), units: textIn(entry, "Units") };
        return meaning ? [[field, meaning] as const] : [];
      }),
    ),
  );
};

/** What fields mean: as the datasets say, else as the BIDS schema does. */
export const meaningsOf = async (
  sql: Sql,
  readable: ReadableDatasets,
  dataset: string | undefined,
): Promise<(name: string) => Meaning> => {
  const told = await dictionaries(sql, within(readable, dataset === undefined ? undefined : [dataset]));
  const none: Meaning = { description: null, units: null };
  return (name) => told.get(name) ?? termOf(name) ?? ownMeanings[name] ?? none;
};

const termOf = (name: string): Meaning | undefined =>
  name.startsWith("metadata.") ? metadataTerms.get(name.slice("metadata.".length)) : undefined;

const ownMeanings: Readonly<Record<string, Meaning>> = {
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
  "file.size": { description: "Of the image; of each file at the level file", units: "byte" },
  "file.sha256": { description: "Content hash: sha256: and 64 hex digits", units: null },
  "file.role": { description: "image, or what it is to the image: json, bval, events.tsv …", units: null },
  "image.voxelSize": { description: "Size of a voxel along each axis, from the header", units: "mm" },
  "image.dims": { description: "Voxels along each axis, from the header", units: null },
  "image.repetitionTime": { description: "Time between volumes, from the header", units: "s" },
};
