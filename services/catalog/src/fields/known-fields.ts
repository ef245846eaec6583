import type { Sql } from "@rollerblade/database";
import { queryFields, type ValueType } from "@rollerblade/query";
import { type ReadableDatasets, within } from "../datasets/readable-datasets.ts";

/** A field that can be asked. */
export type KnownField = {
  readonly name: string;
  readonly types: string[];
  /** In how many datasets it is; null for what always exists. */
  readonly datasets: number | null;
  readonly count: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly examples: { readonly value: string; readonly count: number }[];
};

const typeInWords = (type: ValueType): string => (type === "dynamic" ? "list" : type === "index" ? "number" : type);

const nothing = { datasets: null, count: null, low: null, high: null, examples: [] };

const standard: readonly KnownField[] = Object.entries(queryFields.known).map(([name, type]) => ({
  ...{ name, types: [typeInWords(type)] },
  ...nothing,
}));

const maxExamples = 10;

type Example = readonly [value: string, count: number];
type Row = Omit<KnownField, "examples"> & { readonly examples: readonly (readonly Example[])[] };

/** The most frequent values over all datasets. */
const merged = (examples: readonly Example[]): KnownField["examples"] => {
  const counts = new Map<string, number>();
  for (const [value, count] of examples) counts.set(value, (counts.get(value) ?? 0) + count);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, maxExamples);
};

const like = (prefix: string): string => `${prefix.replace(/[\\%_]/g, "\\$&")}%`;

/** The fields that always exist, and those that the readable datasets bring along, by name, behind the name `after`. */
export const knownFields = async (
  sql: Sql,
  readable: ReadableDatasets,
  {
    dataset,
    prefix = "",
    after = "",
    limit = 20_000,
  }: { dataset?: string | undefined; prefix?: string; after?: string; limit?: number } = {},
): Promise<KnownField[]> => {
  const names = within(readable, dataset === undefined ? undefined : [dataset]);
  const rows = await sql<Row[]>`
    select name, array_agg(distinct type order by type) as types, count(distinct dataset)::int as datasets, sum(count)::int8 as count,
      min(low) as low, max(high) as high, jsonb_agg(examples) as examples
    from catalog.fields where ${names === "all" ? sql`true` : sql`dataset = any(${[...names]}::text[])`}
      and name like ${like(prefix)} and name collate "C" > ${after} group by name order by name collate "C" limit ${limit}`;
  const fields = rows.map((row) => ({ ...row, examples: merged(row.examples.flat()) }));
  const byName = new Map(
    standard.filter(({ name }) => name.startsWith(prefix) && name > after).map((field) => [field.name, field]),
  );
  for (const field of fields)
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
