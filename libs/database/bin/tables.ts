#!/usr/bin/env node
/**
 * `npm run tables`: writes `services/<service>/src/tables.gen.ts` from each `schema.ts`. With `--check` it writes nothing, and fails
 * where a file is out of date.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeTables } from "./describe-tables.ts";

const root = join(import.meta.dirname, "../../..");
const isCheck = process.argv.includes("--check");

const stale: string[] = [];
for (const service of readdirSync(join(root, "services"))) {
  const folder = join(root, "services", service, "src");
  if (!existsSync(join(folder, "schema.ts"))) continue;
  const file = join(folder, "tables.gen.ts");
  const written = existsSync(file) ? readFileSync(file, "utf8") : "";
  const text = await describeTables(join(folder, "schema.ts"));
  if (text === written) continue;
  stale.push(`services/${service}/src/tables.gen.ts`);
  if (!isCheck) await writeFile(file, text);
}

const list = stale.map((file) => `  ${file}\n`).join("");
if (stale.length === 0) process.stdout.write("The types of all tables are up to date.\n");
else if (!isCheck) process.stdout.write(`Written:\n${list}`);
else {
  process.stderr.write(
    `These files are not what their schema.ts declares:\n${list}Run \`npm run tables\` and commit them.\n`,
  );
  process.exitCode = 1;
}
