/** Writes docs/reference/settings.md from the schemas of the services. */
import { writeFileSync } from "node:fs";
import { settingsPage } from "./settings-page.ts";

writeFileSync(new URL("../../docs/reference/settings.md", import.meta.url), await settingsPage());
