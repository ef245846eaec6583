import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as client from "@rollerblade/client";
import { expect, test } from "vitest";
import { z } from "zod";
import { listFiles } from "../measure/repository-files.ts";
import { pages, repository } from "./pages.ts";

/** Everything but the documentation: a variable that none of it names does nothing. */
const sources = listFiles(repository)
  .filter((file) => /\.(ts|js|yaml|yml|sh)$|^\.ci\/run$/.test(file))
  .map((file) => readFileSync(join(repository, file), "utf8"))
  .join("\n");

const settings = readFileSync(join(repository, "docs/reference/settings.md"), "utf8");

const variables = (text: string): readonly string[] => text.match(/\bROLLERBLADE_[A-Z][A-Z_]*[A-Z]\b/g) ?? [];
const known = new Set([...variables(settings), ...variables(sources)]);

const route = z.object({ method: z.string(), path: z.string() });

/** All routes as patterns: `GET /v1/datasets/[^/]+`. */
const routes: readonly RegExp[] = Object.entries(client)
  .filter(([name]) => name.endsWith("Routes"))
  .flatMap(([, group]) => Object.values(z.record(z.string(), route.catch({ method: "", path: "" })).parse(group)))
  .map(({ method, path }) => new RegExp(`^${method} ${path.replaceAll(/:[a-zA-Z]+/g, "[^/]+")}$`));

const textOf = (file: string): string => readFileSync(join(repository, file), "utf8");

test.each(pages.map(({ file }) => file))("variables that %s names are read by something", (file) => {
  // `ROLLERBLADE_SCHEDULER_…` names a group of them.
  const named = variables(textOf(file).replaceAll(/ROLLERBLADE_[A-Z_]*[…<]/g, ""));
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
});

test.each(pages.map((page) => [page.file, page] as const))("routes that %s names exist", (_file, { inline }) => {
  const named = inline
    .map(({ text }) => /^(GET|POST|PUT|PATCH|DELETE) (\/v1\/[^\s?]*)/.exec(text))
    .flatMap((match) => (match === null ? [] : [`${match[1]} ${match[2]}`]));
  expect(named.filter((name) => !routes.some((pattern) => pattern.test(name)))).toEqual([]);
});

test("a variable and a route that do not exist would be found", () => {
  expect(known.has(["ROLLERBLADE", "NO", "SUCH"].join("_"))).toBe(false);
  expect(routes.length).toBeGreaterThan(50);
  expect(routes.some((pattern) => pattern.test("GET /v1/no-such"))).toBe(false);
});
