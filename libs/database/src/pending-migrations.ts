import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { appliedMigrations, type MigratedService } from "./migrate.ts";
import { readMigrations } from "./migration-folder.ts";

/** The number of migrations that are missing in a schema. */
export type PendingMigrations = { readonly schema: string; readonly pending: number };

/**
 * The schemas in which migrations that this program knows are missing; none when all is done. Tables that are newer than the program are fine:
 * migrations only add.
 */
export const pendingMigrations = async (
  url: string,
  services: readonly MigratedService[],
): Promise<PendingMigrations[]> => {
  const client = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: "rollerblade migrate" } });
  try {
    const found: PendingMigrations[] = [];
    for (const { schema, migrations } of services) {
      const applied = new Set((await appliedMigrations(client, schema)).map(({ createdAt }) => createdAt));
      const pending = readMigrations(fileURLToPath(migrations)).filter(({ when }) => !applied.has(when)).length;
      if (pending > 0) found.push({ schema, pending });
    }
    return found;
  } finally {
    await client.end({ timeout: 5 });
  }
};
