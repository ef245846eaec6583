import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { appliedMigrations, type MigratedService } from "./migrate.ts";
import { readMigrations } from "./migration-folder.ts";
import { isServiceRole, serviceRoleName } from "./service-roles.ts";

/** The number of migrations that are missing in a schema. */
export type PendingMigrations = { readonly schema: string; readonly pending: number };

/**
 * The schemas in which migrations that this program knows are missing; none when all is done. Tables that are newer than the program are fine:
 * migrations only add. The role of a service sees and needs its own schema only.
 */
export const pendingMigrations = async (
  url: string,
  services: readonly MigratedService[],
): Promise<PendingMigrations[]> => {
  const client = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: "rollerblade migrate" } });
  try {
    const found: PendingMigrations[] = [];
    const [who] = await client<{ name: string }[]>`select current_user as name`;
    for (const { schema, migrations } of visibleTo(who?.name ?? "", services)) {
      const applied = new Set((await appliedMigrations(client, schema)).map(({ createdAt }) => createdAt));
      const pending = readMigrations(fileURLToPath(migrations)).filter(({ when }) => !applied.has(when)).length;
      if (pending > 0) found.push({ schema, pending });
    }
    return found;
  } finally {
    await client.end({ timeout: 5 });
  }
};

const visibleTo = (user: string, services: readonly MigratedService[]): readonly MigratedService[] =>
  isServiceRole(user) ? services.filter(({ schema }) => serviceRoleName(schema) === user) : services;
