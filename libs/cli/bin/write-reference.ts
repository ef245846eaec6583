/** Writes docs/reference/cli.md from the commands themselves. */
import { writeFileSync } from "node:fs";
import { reference } from "../src/reference-text.ts";

writeFileSync(new URL("../../../docs/reference/cli.md", import.meta.url), reference());
