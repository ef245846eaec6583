import type postgres from "postgres";
import { scramVerifier } from "./scram.ts";

/** The role by which one service signs in to the database. */
export type ServiceRole = {
  readonly name: string;
  readonly password: string;
  /** The schema whose tables it reads and writes; null for a service without tables. */
  readonly schema: string | null;
};

/** `pipeline-router` signs in as `rollerblade_pipeline_router`. */
export const serviceRoleName = (service: string): string => `rollerblade_${service.replaceAll("-", "_")}`;

/** Whether a name is that of some service's role. */
export const isServiceRole = (name: string): boolean => name.startsWith(serviceRoleName(""));

/**
 * Makes the roles that are not there, and gives each its password. They can sign in to this database and do nothing until tables are granted
 * to them; the right of everybody to connect and to make temporary tables is taken away.
 */
export const ensureRoles = async (sql: postgres.Sql, roles: readonly ServiceRole[]): Promise<void> => {
  const [at] = await sql<{ name: string }[]>`select current_database() as name`;
  const database = sql(at?.name ?? "");
  await sql`revoke all on database ${database} from public`;
  await sql`revoke all on schema public from public`;
  for (const { name, password } of roles) {
    const [there] = await sql`select 1 from pg_roles where rolname = ${name}`;
    if (there === undefined) await sql`create role ${sql(name)}`;
    // Neither statement takes parameters. The verifier holds letters, digits and +/=$:- only.
    await sql.unsafe(
      `alter role "${name}" login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '${scramVerifier(password)}'`,
    );
    await sql`grant connect on database ${database} to ${sql(name)}`;
  }
};

/**
 * Lets the role of a schema use what is there and what a migration will make: rows of all tables, no tables. Of what was applied it reads
 * the list only, and what was audited it cannot change.
 */
export const grantSchema = async (sql: postgres.Sql, schema: string, roles: readonly ServiceRole[]): Promise<void> => {
  for (const { name } of roles.filter((role) => role.schema === schema)) {
    const role = sql(name);
    await sql`create schema if not exists ${sql(schema)}`;
    await sql`grant usage on schema ${sql(schema)} to ${role}`;
    await sql`grant select, insert, update, delete on all tables in schema ${sql(schema)} to ${role}`;
    await sql`grant usage, select on all sequences in schema ${sql(schema)} to ${role}`;
    await sql`alter default privileges in schema ${sql(schema)} grant select, insert, update, delete on tables to ${role}`;
    await sql`alter default privileges in schema ${sql(schema)} grant usage, select on sequences to ${role}`;
    for (const { table } of await keptTables(sql, schema))
      await sql`revoke ${sql.unsafe(table === "audit" ? "update, delete" : "insert, update, delete")} on ${sql(schema)}.${sql(table)} from ${role}`;
  }
};

/** Lets every role read the versioned views of a schema (`access_v1`), which are what a service shows to the others, and nothing else there. */
export const grantSharedViews = async (
  sql: postgres.Sql,
  schema: string,
  roles: readonly ServiceRole[],
): Promise<void> => {
  const views = await sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = to_regnamespace(${schema}) and relkind = 'v' and relname ~ '_v[0-9]+$'`;
  if (views.length === 0) return;
  for (const { name } of roles) {
    await sql`grant usage on schema ${sql(schema)} to ${sql(name)}`;
    for (const view of views) await sql`grant select on ${sql(schema)}.${sql(view.name)} to ${sql(name)}`;
  }
};

const keptTables = (sql: postgres.Sql, schema: string) =>
  sql<{ table: string }[]>`
    select relname as "table" from pg_class
    where relnamespace = to_regnamespace(${schema}) and relkind in ('r', 'p') and relname in ('migrations', 'audit', 'audit_head', 'audit_anchor')`;
