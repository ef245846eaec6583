import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeApi } from "./describe-api.ts";

/** Writes `docs/openapi.json`; with `--released` also the document that later versions are compared with. */
const path = (name: string): string => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));

const text = await describeApi();
await writeFile(path("openapi.json"), text);
if (process.argv.includes("--released")) await writeFile(path("released/openapi.json"), text);
process.exit(0);
