import { connect, disconnect, type MigratedService, migrate, type Sql } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import type { Sample, Variant } from "./variants.ts";

/** A column that a statement returns. */
export type ResultColumn = {
  readonly name: string;
  /** As `pg_type` calls it: `int8`, `_text`. */
  readonly type: string;
  /** Whether it is a column of a table that may be null. */
  readonly nullable: boolean;
};

/** An empty database with the tables of services. */
export type MigratedDatabase = {
  /** @throws PostgresError when the statement fits no table or has another fault */
  describe(variant: Variant): Promise<readonly ResultColumn[]>;
  close(): Promise<void>;
};

/** Starts a database of its own and migrates it. */
export const openMigratedDatabase = async (services: readonly MigratedService[]): Promise<MigratedDatabase> => {
  const servers = await startTestServers();
  await migrate(servers.databaseUrl, services);
  const sql = connect(servers.databaseUrl, { max: 2 });
  const catalog = await readCatalog(sql);
  return {
    async describe(variant) {
      const { text, parameters } = numbered(variant, catalog.schemaOf);
      const { columns } = await sql.unsafe(text, parameters).describe();
      // Statements without rows have none.
      return (columns ?? []).map(({ name, type, table, number }) => ({
        name,
        type: catalog.types.get(type) ?? String(type),
        nullable: catalog.nullable.has(`${table}.${number}`),
      }));
    },
    async close() {
      await disconnect(sql);
      await servers.stop();
    },
  };
};

type Catalog = {
  /** Names of the types, by oid. */
  readonly types: ReadonlyMap<number, string>;
  /** `<oid of the table>.<number of the column>` of those that may be null. */
  readonly nullable: ReadonlySet<string>;
  /** One schema that has this table. */
  schemaOf(table: string): string | undefined;
};

const readCatalog = async (sql: Sql): Promise<Catalog> => {
  const types = await sql<{ oid: number; typname: string }[]>`select oid::int, typname from pg_type`;
  const nullable = await sql<{ key: string }[]>`
    select attrelid || '.' || attnum as key from pg_attribute join pg_class on pg_class.oid = attrelid
    where not attnotnull and attnum > 0 and relkind = 'r'`;
  const tables = await sql<{ schema: string; name: string }[]>`
    select min(relnamespace::regnamespace::text) as schema, relname as name from pg_class
    where relkind in ('r', 'v', 'S') and relnamespace::regnamespace::text !~ '^(pg_|information_schema)' group by relname`;
  const schemas = new Map(tables.map(({ schema, name }) => [name, schema]));
  return {
    types: new Map(types.map(({ oid, typname }) => [oid, typname])),
    nullable: new Set(nullable.map(({ key }) => key)),
    schemaOf: (table) => schemas.get(table),
  };
};

const numbered = (variant: Variant, schemaOf: Catalog["schemaOf"]): { text: string; parameters: Sample[] } => {
  const parameters: Sample[] = [];
  const text = variant.map((piece, index) => {
    if (typeof piece === "string") return piece;
    if ("parameter" in piece) return `$${parameters.push(piece.parameter)}`;
    const after = variant[index + 1];
    const table = typeof after === "string" ? /^\.(\w+)/.exec(after)?.[1] : undefined;
    const schema = table === undefined ? undefined : schemaOf(table);
    if (schema === undefined) throw new Error(`no schema has a table ${table ?? ""}`);
    return `"${schema}"`;
  });
  return { text: text.join(""), parameters };
};
