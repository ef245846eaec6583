import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reference } from "./reference-text.ts";

test("docs/reference/cli.md describes the present commands", () => {
  const written = readFileSync(new URL("../../../docs/reference/cli.md", import.meta.url), "utf8");
  expect(written, "run `node libs/cli/bin/write-reference.ts`").toBe(reference());
});

test("every command has an example", () => {
  const sections = reference().split("\n### ").slice(1);
  expect(sections.filter((section) => !section.includes("```sh\n"))).toEqual([]);
});
