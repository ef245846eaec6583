import { readdirSync, readFileSync } from "node:fs";

/** They are copied into the bundle of the command line. */
const folder = new URL("../../mappings/", import.meta.url);

/** Names of the mappings that come with Rollerblade, for public datasets and for a clinic's export. */
export const readyMappings = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.slice(0, -".yaml".length))
    .sort();

/** The text of a mapping by its name, or null where there is none. */
export const readyMapping = (name: string): string | null =>
  readyMappings().includes(name) ? readFileSync(new URL(`${name}.yaml`, folder), "utf8") : null;
