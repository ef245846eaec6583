import { readFileSync, writeFileSync } from "node:fs";
import { reduceSchema } from "../src/schema/reduce.ts";
import { reduceRules } from "../src/schema/reduce-rules.ts";

// Writes names.json and rules.json in src/schema anew after src/schema/schema.json was replaced by a newer one.
const folder = new URL("../src/schema/", import.meta.url);
const schema = JSON.parse(readFileSync(new URL("schema.json", folder), "utf8"));
const names = reduceSchema(schema);
const rules = reduceRules(schema);
writeFileSync(new URL("names.json", folder), `${JSON.stringify(names, null, 1)}\n`);
writeFileSync(new URL("rules.json", folder), `${JSON.stringify(rules, null, 1)}\n`);
process.stdout.write(
  `${names.rules.length} rules for names and ${rules.rules.length} for content of BIDS ${names.bidsVersion} (schema ${names.schemaVersion})\n`,
);
