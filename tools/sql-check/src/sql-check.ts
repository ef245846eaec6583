#!/usr/bin/env node
/**
 * `npm run sql:check`: holds every SQL template of the services and libraries against a migrated database. PostgreSQL parses each
 * statement, in every variant that its conditions allow, and describes what it returns, which is compared with the type of its rows. A
 * statement that does not fit, or that cannot be written without running the program, fails the check.
 * `-- services/catalog` checks one folder alone; `--nullable` also lists columns that may be null and are typed as if they were not: where
 * a condition excludes it that is right, so it is not a fault.
 */
import { join } from "node:path";
import { schemas } from "../../../bin/registry.ts";
import { checkStatements } from "./check-statements.ts";

const started = performance.now();
const { statements, variants, rows, faults, unresolved, nullable } = await checkStatements({
  root: join(import.meta.dirname, "../../.."),
  services: schemas,
  folders: process.argv.slice(2).filter((argument) => !argument.startsWith("--")),
  // Written for any table and any columns, from the types that this check reads at their calls; and rights, whose names only the
  // database knows. Each is held by a test.
  generic: {
    "libs/database/src/records.ts": "libs/database/src/records.service.test.ts",
    "libs/database/src/service-roles.ts": "libs/database/src/service-roles.service.test.ts",
  },
});

const print = (lines: readonly string[]): void => lines.forEach((line) => void process.stdout.write(`  ${line}\n`));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(
  `${statements} statements in ${variants} variants, ${rows.typed} with typed rows and ${rows.untyped} without, in ${seconds} s.\n`,
);
if (process.argv.includes("--nullable")) print(nullable);
if (unresolved.length > 0) process.stdout.write(`${unresolved.length} are only known when they run:\n`);
print(unresolved);
if (faults.length > 0) process.stdout.write(`${faults.length} do not fit the tables:\n`);
print(faults);
process.exitCode = faults.length + unresolved.length > 0 ? 1 : 0;
