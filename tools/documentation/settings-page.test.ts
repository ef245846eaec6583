import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settingsPage } from "./settings-page.ts";

test("docs/reference/settings.md is what the services read; else run `npm run settings:docs`", {
  timeout: 60_000,
}, async () => {
  const written = readFileSync(new URL("../../docs/reference/settings.md", import.meta.url), "utf8");
  expect(written).toBe(await settingsPage());
});
