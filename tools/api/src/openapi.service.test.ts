import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { breakingChanges, readApi } from "./breaking-changes.ts";
import { describeApi } from "./describe-api.ts";

const read = (name: string): Promise<string> => readFile(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

test("docs/openapi.json is what the gateway serves", async () => {
  expect(await describeApi(), "run `npm run api:docs`").toBe(await read("openapi.json"));
});

test("an operation and a field that are taken out of the real document are noticed", async () => {
  const released = readApi(await read("released/openapi.json"));
  const { "/v1/datasets": _, ...paths } = released.paths;
  expect(breakingChanges(released, { paths })).toContain("GET /v1/datasets is gone");
  const text = (await read("released/openapi.json"))
    .replaceAll('"publicUrl"', '"url"')
    .replaceAll('"revision"', '"rev"');
  expect(breakingChanges(released, readApi(text)).join("\n")).toContain("no longer has");
});

test("a caller of the last release stumbles only where docs/released/breaking.json says why", async () => {
  const [released, present] = [await read("released/openapi.json"), await read("openapi.json")];
  const intended: Record<string, string> = JSON.parse(await read("released/breaking.json"));
  expect(breakingChanges(readApi(released), readApi(present)).sort()).toEqual(Object.keys(intended).sort());
});
