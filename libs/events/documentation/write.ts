/** Writes docs/reference/events.md and docs/asyncapi.json; with `--check` it only reports whether they are up to date. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { asyncApi } from "./asyncapi.ts";
import { eventsPage } from "./events-page.ts";
import { readProtos } from "./read-protos.ts";

const messages = readProtos();
const pages = {
  "docs/reference/events.md": eventsPage(messages),
  "docs/asyncapi.json": `${JSON.stringify(asyncApi(messages), null, 2)}\n`,
};
const check = process.argv.includes("--check");

for (const [name, text] of Object.entries(pages)) {
  const path = fileURLToPath(new URL(`../../../${name}`, import.meta.url));
  const same = existsSync(path) && readFileSync(path, "utf8") === text;
  if (same) console.log(`${name} is up to date`);
  else if (check) {
    console.error(`${name} does not match the protos: run \`npm run proto:docs\``);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`wrote ${name}`);
  }
}
