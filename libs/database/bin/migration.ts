#!/usr/bin/env node
/**
 * `npm run migration -- <service> <name>`: writes the SQL that brings the tables of a service to what its schema.ts declares, and the
 * types of its rows (`tables.gen.ts`).
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeTables } from "./describe-tables.ts";

const root = join(import.meta.dirname, "../../..");
const [service, name] = process.argv.slice(2);

const fail = (message: string): never => {
  process.stderr.write(
    `${message}\nUsage: npm run migration -- <service> <name>, for example: npm run migration -- catalog add-files\n`,
  );
  process.exit(2);
};

/** drizzle-kit needs paths relative to the folder that it runs in. */
const generate = (of: string, called: string): void => {
  const kit = join(root, "node_modules/drizzle-kit/bin.cjs");
  const folder = `services/${of}`;
  const options = [
    "--dialect=postgresql",
    `--schema=${folder}/src/schema.ts`,
    `--out=${folder}/migrations`,
    `--name=${called}`,
  ];
  const { status } = spawnSync(process.execPath, [kit, "generate", ...options], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};

/** The migrator makes the schema itself, to keep its list of migrations there, so the first migration must not insist on it. */
const tolerateSchema = (folder: string): void => {
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith(".sql"))) {
    const path = join(folder, file);
    const written = readFileSync(path, "utf8");
    const tolerant = written.replace(/CREATE SCHEMA (?!IF NOT EXISTS)/g, "CREATE SCHEMA IF NOT EXISTS ");
    if (tolerant !== written) writeFileSync(path, tolerant);
  }
};

if (service === undefined || name === undefined) fail("A migration needs a service and a name.");
else if (!/^[a-z0-9-]+$/.test(name)) fail(`"${name}" is not a name: small letters, digits and hyphens only.`);
else if (!existsSync(join(root, "services", service, "src/schema.ts")))
  fail(`There is no services/${service}/src/schema.ts.`);
else {
  generate(service, name);
  tolerateSchema(join(root, "services", service, "migrations"));
  const source = join(root, "services", service, "src");
  writeFileSync(join(source, "tables.gen.ts"), await describeTables(join(source, "schema.ts")));
}
