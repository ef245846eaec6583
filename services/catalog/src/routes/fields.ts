import type { JsonObject } from "@rollerblade/abids";
import { catalogRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { standardFields } from "@rollerblade/query";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { type ReadableDatasets, within } from "../query/readable-datasets.ts";

/** A field that can be asked, and in how many datasets it is; null for what always exists. */
export type KnownField = { readonly name: string; readonly types: string[]; readonly datasets: number | null };

const standard: readonly KnownField[] = Object.entries(standardFields.known).map(([name, type]) => ({
  name,
  types: [type],
  datasets: null,
}));

/** The fields that always exist, and those that the readable datasets bring along, by name. */
export const knownFields = async (
  sql: Sql,
  readable: ReadableDatasets,
  dataset: string | undefined,
): Promise<KnownField[]> => {
  const names = within(readable, dataset === undefined ? undefined : [dataset]);
  const rows = await sql<KnownField[]>`
    select name, array_agg(distinct type order by type) as types, count(distinct dataset)::int as datasets from catalog.fields
    where ${names === "all" ? sql`true` : sql`dataset = any(${[...names]}::text[])`} group by name limit 20000`;
  const byName = new Map([...rows, ...standard].map((field) => [field.name, field]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

type Entry = { readonly description: string | null; readonly units: string | null };

const textIn = (entry: JsonObject, key: string): string | null => {
  const value = entry[key];
  return typeof value === "string" ? value.slice(0, 1_000) : null;
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What data dictionaries say of columns: `participants.json` of subjects, `sessions.json` of sessions. */
const dictionaries = async (
  sql: Sql,
  readable: ReadableDatasets,
  dataset: string | undefined,
): Promise<Map<string, Entry>> => {
  const names = within(readable, dataset === undefined ? undefined : [dataset]);
  const rows = await sql<{ kind: string; content: JsonObject }[]>`
    select kind, content from catalog.files
    where kind in ('participants', 'sessions') and folder = '' and content is not null
      and ${names === "all" ? sql`true` : sql`dataset = any(${[...names]}::text[])`} order by dataset limit 200`;
  return new Map(
    rows.flatMap(({ kind, content }) =>
      Object.entries(content).flatMap(([column, entry]) => {
        const field = `${kind === "participants" ? "subject" : "session"}.${column}`;
        return isObject(entry)
          ? [[field, { description: textIn(entry, "Description"), units: textIn(entry, "Units") }] as const]
          : [];
      }),
    ),
  );
};

/** What can be asked. */
export const fieldRoutes = (context: ServiceContext): void => {
  const { sql, readable } = context;
  implement(context, catalogRoutes.listFields, async ({ principal, query }) => {
    const names = await readable(principal, "dataset");
    const fields = (await knownFields(sql, names, query.dataset)).filter(({ name }) => name.startsWith(query.prefix));
    const described = await dictionaries(sql, names, query.dataset);
    const none: Entry = { description: null, units: null };
    return { items: fields.map((field) => ({ ...field, ...(described.get(field.name) ?? none) })) };
  });
};
