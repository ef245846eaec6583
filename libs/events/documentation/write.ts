/** Writes docs/reference/events.md, docs/asyncapi.json and the NATS users of the cluster; with `--check` it only reports whether they are up to date. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installationUsers, usersConfiguration } from "../src/index.ts";
import { asyncApi } from "./asyncapi.ts";
import { eventsPage } from "./events-page.ts";
import { readProtos } from "./read-protos.ts";

const messages = readProtos();
/** With the public keys in variables of the server's environment, as `k8s/create-secrets.sh` names them. */
const natsUsers = usersConfiguration(
  installationUsers().map((user) => ({ ...user, nkey: `$NATS_KEY_${user.name.replaceAll("-", "_").toUpperCase()}` })),
);
const pages = {
  "docs/reference/events.md": eventsPage(messages),
  "docs/asyncapi.json": `${JSON.stringify(asyncApi(messages), null, 2)}\n`,
  "k8s/components/nats/users.conf": natsUsers,
};
const check = process.argv.includes("--check");

for (const [name, text] of Object.entries(pages)) {
  const path = fileURLToPath(new URL(`../../../${name}`, import.meta.url));
  const same = existsSync(path) && readFileSync(path, "utf8") === text;
  if (same) console.log(`${name} is up to date`);
  else if (check) {
    console.error(`${name} does not match the protos and tables: run \`npm run proto:docs\``);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`wrote ${name}`);
  }
}
