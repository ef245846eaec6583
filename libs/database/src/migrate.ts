import { fileURLToPath } from "node:url";
import { Problem } from "@rollerblade/errors";
import postgres from "postgres";
import { isOutage } from "./is-outage.ts";
import { readMigrations } from "./migration-folder.ts";
import { ensureRoles, grantSchema, grantSharedViews, type ServiceRole } from "./service-roles.ts";

/** A service whose tables are to be brought up to date. */
export type MigratedService = { readonly schema: string; readonly migrations: URL };

/** How many migrations a schema got. */
export type MigrationOutcome = { readonly schema: string; readonly applied: number };

// One number for all of Rollerblade, so that two `migrate` wait for each other.
const lockKey = 7_220_140_322;

/**
 * Brings every schema up to date, one after the other, under one advisory lock. Each schema keeps its own list of what was
 * applied in `<schema>.migrations`. With roles, each service's role is made and may use its own tables, and nothing else but the
 * versioned views of the others; whoever migrates owns the tables, and needs the right to make roles.
 * @throws Problem when a migration fails, was edited after it was applied, or is older than one that was applied
 */
export const migrate = async (
  url: string,
  services: readonly MigratedService[],
  roles: readonly ServiceRole[] = [],
): Promise<MigrationOutcome[]> => {
  // Drizzle changes the parsers of the client that it gets, so this one is used for nothing else.
  const client = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: "rollerblade migrate" } });
  try {
    await client`select pg_advisory_lock(${lockKey}::bigint)`;
    if (roles.length > 0) await ensureRoles(client, roles);
    const outcomes: MigrationOutcome[] = [];
    for (const service of services) {
      // Before, so that a new table is never without its grants; after, for what is granted table by table.
      await grantSchema(client, service.schema, roles);
      outcomes.push(await migrateSchema(client, service));
      await grantSchema(client, service.schema, roles);
      await grantSharedViews(client, service.schema, roles);
    }
    return outcomes;
  } finally {
    await client.end({ timeout: 5 });
  }
};

const migrateSchema = async (
  client: postgres.Sql,
  { schema, migrations }: MigratedService,
): Promise<MigrationOutcome> => {
  const folder = fileURLToPath(migrations);
  const known = readMigrations(folder);
  const applied = await appliedMigrations(client, schema);
  const newest = applied.at(-1)?.createdAt ?? 0;
  for (const { tag, when, hash } of known) {
    const done = applied.find((row) => row.createdAt === when);
    if (done !== undefined && done.hash !== hash) throw refused(schema, tag, "was edited after it was applied");
    if (done === undefined && when <= newest) throw refused(schema, tag, "is older than one that was applied already");
  }
  const pending = known.filter(({ when }) => when > newest).length;
  if (pending > 0) await apply(client, schema, folder);
  return { schema, applied: pending };
};

const apply = async (client: postgres.Sql, schema: string, migrationsFolder: string): Promise<void> => {
  // Drizzle takes a second to load, and mostly nothing is pending.
  const [{ drizzle }, { migrate: applyPending }] = await Promise.all([
    import("drizzle-orm/postgres-js"),
    import("drizzle-orm/postgres-js/migrator"),
  ]);
  try {
    await applyPending(drizzle(client), { migrationsFolder, migrationsSchema: schema, migrationsTable: "migrations" });
  } catch (cause) {
    // Drizzle wraps PostgreSQL's error.
    const reported = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    if (isOutage(reported)) throw wentAway(schema, cause);
    const detail = reported instanceof Error ? reported.message : String(reported);
    throw new Problem(
      {
        code: "internal",
        message: `The migrations of ${schema} could not be applied: ${detail}.`,
        subject: migrationsFolder,
        next: "Nothing of them was kept; correct the SQL file and run `rollerblade migrate` again.",
      },
      { cause },
    );
  }
};

const wentAway = (schema: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `PostgreSQL went away while ${schema} was migrated; nothing of it was kept.`,
      subject: schema,
      next: "Try again.",
    },
    { cause },
  );

/** What a schema's own list says; empty where there is none yet. */
export const appliedMigrations = async (
  client: postgres.Sql,
  schema: string,
): Promise<{ hash: string; createdAt: number }[]> => {
  const [there] = await client`select to_regclass(${`"${schema}".migrations`}) is not null as yes`;
  if (there?.yes !== true) return [];
  const rows = await client`select hash, created_at from ${client(schema)}.migrations order by created_at`;
  return rows.map((row) => ({ hash: String(row.hash), createdAt: Number(row.created_at) }));
};

const refused = (schema: string, tag: string, why: string): Problem =>
  new Problem({
    code: "conflict",
    message: `Migration ${tag} of ${schema} ${why}.`,
    subject: `${schema}/${tag}`,
    next: "Put it back as it was and make a new one: `npm run migration -- <service> <name>`.",
  });
