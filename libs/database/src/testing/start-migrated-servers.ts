import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startTestServers, type TestServers } from "@rollerblade/embedded/testing";
import { type MigratedService, migrate } from "../migrate.ts";
import { readMigrations } from "../migration-folder.ts";

/**
 * Servers for one test file with the tables of `services`. The first file of a run migrates, in about a second; those after
 * it get a copy of that database, in about 50 ms. An edited migration is another template.
 */
export const startMigratedServers = async (services: readonly (MigratedService | null)[]): Promise<TestServers> => {
  const migrated = services.filter((service) => service !== null);
  const servers = await startTestServers(templateOf(migrated));
  if (!servers.fromTemplate) {
    await migrate(servers.databaseUrl, migrated);
    await servers.keepTemplate();
  }
  return servers;
};

const templateOf = (services: readonly MigratedService[]): string => {
  const hash = createHash("sha256");
  for (const { schema, migrations } of services) {
    hash.update(`${schema}\n`);
    for (const migration of readMigrations(fileURLToPath(migrations)))
      hash.update(`${migration.tag} ${migration.hash}\n`);
  }
  return hash.digest("hex").slice(0, 16);
};
