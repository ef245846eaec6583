import { readFileSync, writeFileSync } from "node:fs";
import { reduceSchema } from "../src/schema/reduce.ts";

// Writes src/schema/names.json anew after src/schema/schema.json was replaced by a newer one.
const folder = new URL("../src/schema/", import.meta.url);
const names = reduceSchema(JSON.parse(readFileSync(new URL("schema.json", folder), "utf8")));
writeFileSync(new URL("names.json", folder), `${JSON.stringify(names, null, 1)}\n`);
process.stdout.write(`${names.rules.length} rules of BIDS ${names.bidsVersion} (schema ${names.schemaVersion})\n`);
