import { migrate } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { printJson, printTable, type Reading } from "../print.ts";
import { loadAll, type ServiceRegistry } from "../service-registry.ts";
import { schemasOf } from "./local-server.ts";

/** `rollerblade migrate`: brings the tables of all services up to date. */
export const runMigrate = async (registry: ServiceRegistry, { json }: Reading): Promise<void> => {
  const url = process.env.ROLLERBLADE_DATABASE_URL;
  if (url === undefined || url === "") throw missing();
  const outcomes = await migrate(url, schemasOf(await loadAll(registry)));
  if (json === true) return printJson({ schemas: outcomes });
  printTable(
    ["schema", "migrations applied"],
    outcomes.map(({ schema, applied }) => [schema, applied]),
  );
};

const missing = (): Problem =>
  new Problem({
    code: "invalid",
    message: "ROLLERBLADE_DATABASE_URL is not set.",
    subject: "ROLLERBLADE_DATABASE_URL",
    next: "Set it to postgres://user:password@host:5432/database; `rollerblade up` migrates its own database by itself.",
  });
