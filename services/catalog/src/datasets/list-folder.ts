import type { FolderEntry } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import type { ReadableDatasets } from "./readable-datasets.ts";

/** A folder that somebody looks into, behind what they have seen of it. */
export type FolderQuery = {
  readonly dataset: string;
  /** Relative to the dataset, without a slash at the end. */
  readonly folder: string;
  /** Name of the last entry of the page before, with a slash where it is a folder. */
  readonly after: string | undefined;
  readonly limit: number;
};

type Row = { readonly path: string; readonly kind: string; readonly size: number };

/**
 * What lies in a folder, by the bytes of its names. In that order everything below a folder stands together, so that each entry is one look into
 * the index from where the one before ends, however many files are below it.
 */
export const listFolder = async (sql: Sql, names: ReadableDatasets, query: FolderQuery): Promise<FolderEntry[]> => {
  const { dataset, folder, after, limit } = query;
  const prefix = folder === "" ? "" : `${folder}/`;
  const range = { start: after === undefined ? prefix : behind(`${prefix}${after}`), end: endOf(folder) };
  const [files, derivatives] = await Promise.all([
    rawEntries(sql, dataset, prefix, range, limit),
    derivedEntries(sql, dataset, names, prefix, range, limit),
  ]);
  const entries = new Map([...files, ...derivatives].map((row) => entryOf(row, prefix)));
  return [...entries]
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .slice(0, limit)
    .map(([, entry]) => entry);
};

/** Paths from `start` on and before `end`. */
type Range = { readonly start: string; readonly end: string };

/** The first file of each entry. Behind a folder's slash comes 0; U+0001 is in no path, and before all that a path can go on with. */
const rawEntries = (sql: Sql, dataset: string, prefix: string, { start, end }: Range, limit: number) => sql<Row[]>`
  with recursive entry as (
    (select path, kind, size from catalog.files
      where dataset = ${dataset} and path collate "C" >= ${start} and path collate "C" < ${end}
      order by path collate "C" limit 1)
    union all
    select following.path, following.kind, following.size from entry, lateral (
      select path, kind, size from catalog.files
      where dataset = ${dataset} and path collate "C" < ${end} and path collate "C" >= case
        when strpos(substr(entry.path, length(${prefix}::text) + 1), '/') = 0 then entry.path || E'\\u0001'
        else ${prefix}::text || split_part(substr(entry.path, length(${prefix}::text) + 1), '/', 1) || '0' end
      order by path collate "C" limit 1) as following)
  select path, kind, size from entry limit ${limit}`;

/** The first derivative of each entry, of those that somebody may read. */
const derivedEntries = (
  sql: Sql,
  dataset: string,
  names: ReadableDatasets,
  prefix: string,
  { start, end }: Range,
  limit: number,
) => sql<Row[]>`
  with recursive entry as (
    (select path, 'derivative' as kind, size from catalog.derivatives
      where dataset = ${dataset} and state = 'in-force' and path collate "C" >= ${start} and path collate "C" < ${end}
        and (${names === "all"} or datasets <@ ${names === "all" ? [] : [...names]}::text[])
      order by path collate "C" limit 1)
    union all
    select following.path, following.kind, following.size from entry, lateral (
      select path, 'derivative' as kind, size from catalog.derivatives
      where dataset = ${dataset} and state = 'in-force' and path collate "C" < ${end} and path collate "C" >= case
        when strpos(substr(entry.path, length(${prefix}::text) + 1), '/') = 0 then entry.path || E'\\u0001'
        else ${prefix}::text || split_part(substr(entry.path, length(${prefix}::text) + 1), '/', 1) || '0' end
        and (${names === "all"} or datasets <@ ${names === "all" ? [] : [...names]}::text[])
      order by path collate "C" limit 1) as following)
  select path, kind, size from entry limit ${limit}`;

/** What all paths below a folder stand before; of the dataset itself the last character that there is. */
const endOf = (folder: string): string => (folder === "" ? "\u{10ffff}" : `${folder}0`);

/** The first path that can come behind an entry: behind all of a folder. */
const behind = (path: string): string => (path.endsWith("/") ? `${path.slice(0, -1)}0` : `${path}\u0001`);

/** An entry by its place in the order: a folder ends with a slash. */
const entryOf = ({ path, kind, size }: Row, prefix: string): [string, FolderEntry] => {
  const [name = "", ...below] = path.slice(prefix.length).split("/");
  return below.length > 0 ? [`${name}/`, { name, kind: "folder", size: null }] : [name, { name, kind, size }];
};

/** The place of an entry, as the cursor of a page has it. */
export const placeOf = ({ name, size }: FolderEntry): string => (size === null ? `${name}/` : name);
