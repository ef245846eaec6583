import { pathToFileURL } from "node:url";
import { ColumnBuilder, is } from "drizzle-orm";
import { getTableConfig, getViewConfig, PgArray, PgColumn, PgTable, PgView } from "drizzle-orm/pg-core";
import postgres from "postgres";

/** A table or view, under the name by which `schema.ts` exports it. */
type Relation = {
  readonly exported: string;
  /** With its schema, as SQL writes it. */
  readonly name: string;
  readonly isView: boolean;
  /** By the property that holds each in TypeScript. */
  readonly columns: readonly (readonly [string, PgColumn])[];
};

/**
 * Writes the source of `tables.gen.ts`: a type for the rows of each table and view, and each table as data. `outbox` and `inbox` are
 * left out, since only the events library writes them.
 * @throws Error when a property of `schema.ts` is not the camelCase name of its column, which is what a select returns
 */
export const describeTables = async (schemaFile: string): Promise<string> => {
  const relations = relationsOf(await import(pathToFileURL(schemaFile).href));
  for (const relation of relations) requireCamelCase(relation);
  const imports = [
    relations.some(({ isView }) => !isView) ? 'import { table } from "@rollerblade/database";\n' : "",
    relations.some(({ columns }) => columns.some(([, column]) => isNarrowed(column)))
      ? 'import type * as schema from "./schema.ts";\n'
      : "",
  ];
  return `// Written by \`npm run tables\` from schema.ts: change that and run it again.\n${imports.join("")}${relations.map(relationText).join("")}`;
};

// Drizzle forgets which columns `$type<…>()` gave a narrower type, as that is known to TypeScript alone.
const narrowed = new WeakSet<object>();
Object.defineProperty(ColumnBuilder.prototype, "$type", {
  value(this: { readonly config: object }) {
    narrowed.add(this.config);
    return this;
  },
});

const isNarrowed = (column: PgColumn): boolean =>
  narrowed.has(Reflect.get(column, "config")) || (is(column, PgArray) && isNarrowed(column.baseColumn));

const relationsOf = (schema: Readonly<Record<string, unknown>>): Relation[] =>
  Object.entries(schema).flatMap(([exported, value]): Relation[] => {
    if (exported === "outbox" || exported === "inbox") return [];
    if (is(value, PgTable)) {
      const { schema: of, name } = getTableConfig(value);
      return [{ exported, name: `${of}.${name}`, isView: false, columns: columnsIn(value) }];
    }
    if (is(value, PgView)) {
      const { schema: of, name } = getViewConfig(value);
      return [{ exported, name: `${of}.${name}`, isView: true, columns: columnsIn(value) }];
    }
    return [];
  });

const columnsIn = (relation: object): [string, PgColumn][] =>
  Object.entries(relation).flatMap(([key, value]): [string, PgColumn][] => (is(value, PgColumn) ? [[key, value]] : []));

const requireCamelCase = ({ name, columns }: Relation): void => {
  for (const [key, column] of columns)
    if (postgres.toCamel(column.name) !== key)
      throw new Error(
        `${name}.${column.name} is "${key}" in schema.ts, but a select returns "${postgres.toCamel(column.name)}".`,
      );
};

const relationText = ({ exported, name, isView, columns }: Relation): string => {
  const row = `${singular(exported)}Row`;
  const fields = columns.map(([key, column]) => `  readonly ${key}: ${typeOf(exported, key, column)};\n`).join("");
  const type = `\n/** A row of ${name}. */\nexport type ${row} = {\n${fields}};\n`;
  if (isView) return type;
  const settable = columns.filter(
    ([, { generated, generatedIdentity }]) => generated === undefined && generatedIdentity?.type !== "always",
  );
  const types = settable.map(([key, column]) => `    ${key}: "${typeName(column)}",\n`).join("");
  const required = settable.filter(([, { notNull, hasDefault }]) => notNull && !hasDefault).map(([key]) => `"${key}"`);
  return `${type}\nexport const ${exported}Table = table<${row}>()(\n  "${name}",\n  {\n${types}  },\n  [${required.join(", ")}],\n);\n`;
};

/** `bigserial` is a bigint with a default: only `create table` knows the word. */
const typeName = (column: PgColumn): string =>
  column
    .getSQLType()
    .replace("bigserial", "bigint")
    .replace("smallserial", "smallint")
    .replace(/^serial/, "integer");

const typeOf = (exported: string, key: string, column: PgColumn): string => {
  // What `$type` says is taken from schema.ts itself, null and all.
  if (isNarrowed(column)) return `typeof schema.${exported}.$inferSelect.${key}`;
  return column.notNull ? valueType(column) : `${valueType(column)} | null`;
};

/** The type of a value as postgres.js returns it with the parsers of `connect`. */
const valueType = (column: PgColumn): string => {
  if (is(column, PgArray)) return `readonly ${valueType(column.baseColumn)}[]`;
  const type = valueTypes[column.dataType];
  if (type === undefined) throw new Error(`No type is known for the column ${column.name} (${column.dataType}).`);
  return type;
};

const valueTypes: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  boolean: "boolean",
  date: "Date",
  json: "unknown",
  // The only custom type is bytea.
  custom: "Uint8Array",
};

/** `batches` to `Batch`, `analyses` to `Analysis`, `largeRequests` to `LargeRequest`. */
const singular = (plural: string): string => {
  const one = plural
    .replace(/yses$/, "ysis")
    .replace(/ies$/, "y")
    .replace(/(ch|sh|x)es$/, "$1")
    .replace(/([^s])s$/, "$1");
  const name = plural.endsWith("yses") ? plural.replace(/es$/, "is") : one;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
};
