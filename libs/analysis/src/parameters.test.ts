import type { JsonObject } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import { expect, test } from "vitest";
import { exampleManifest } from "./example-manifest.ts";
import { parametersHash, resolveParameters } from "./parameters.ts";

test("defaults are filled in and the given values are left alone", () => {
  const given = {};
  expect(resolveParameters(exampleManifest, given)).toEqual({ threshold: 0.5 });
  expect(resolveParameters(exampleManifest, { threshold: 0.7 })).toEqual({ threshold: 0.7 });
  expect(given).toEqual({});
});

test.each<[JsonObject, string]>([
  [{ threshold: "high" }, "threshold must be number"],
  [{ tresholt: 1 }, 'tresholt is not a parameter; did you mean "threshold"?'],
])("%j is refused: %s", (given, expected) => {
  expect(() => resolveParameters(exampleManifest, given)).toThrow(Problem);
  expect(() => resolveParameters(exampleManifest, given)).toThrow(expected);
});

test("only parameters that differ from the defaults have a hash", () => {
  expect(parametersHash(exampleManifest, { threshold: 0.5 })).toBe("");
  expect(parametersHash(exampleManifest, { threshold: 0.6 })).toMatch(/^[0-9a-f]{8}$/);
  expect(parametersHash(exampleManifest, { threshold: 0.6 })).toBe(parametersHash(exampleManifest, { threshold: 0.6 }));
});

const open = {
  ...exampleManifest,
  parameters: { properties: { value: {}, threshold: { default: 0.5 } }, additionalProperties: true },
};

test.each<[string, JsonObject, string]>([
  ["NUL", { value: "a\0b" }, "value holds a NUL character"],
  ["NUL in a list", { value: [{ a: ["\0"] }] }, "value holds a NUL character"],
  ["NUL in a key", { value: { "\0": 1 } }, "value holds a NUL character"],
  ["NUL in a name", { "\0": 1 }, "holds a NUL character"],
  ["half of a surrogate pair", { value: "\ud83d" }, "value holds half of a surrogate pair"],
  ["a whole number that was rounded", { value: 2 ** 53 + 2 }, "value 9007199254740994 has more digits"],
  ["what no argument can hold", { threshold: "x".repeat(131_072) }, "threshold is too long for an argument"],
])("%s is refused before anything starts, though the schema accepts it", (_, given, expected) => {
  expect(() => resolveParameters(open, given)).toThrow(expected);
});

test.each<[string, JsonObject]>([
  ["a power of ten beyond 2^53", { value: 1e30 }],
  ["the longest argument", { threshold: "x".repeat(131_071 - "--threshold=".length) }],
  ["a long text that is not an argument", { value: "x".repeat(1_000_000) }],
  ["an emoji", { value: "🧠" }],
])("%s is accepted", (_, given) => {
  expect(resolveParameters(open, given)).toMatchObject(given);
});

test("a value without its quotes is told to be put in some", () => {
  const text = { ...exampleManifest, parameters: { properties: { label: { type: "string" } } } };
  expect(() => resolveParameters(text, { label: 1.1 })).toThrow(
    "label must be string, and 1.1 is not: put it in quotes",
  );
});

const manifestOf = (schema: JsonObject) => ({ ...exampleManifest, parameters: schema });

test("a text that a backtracking pattern would never finish is answered at once", () => {
  const manifest = manifestOf({ properties: { a: { type: "string", pattern: "^(a+)+$" } } });
  const started = performance.now();
  expect(() => resolveParameters(manifest, { a: `${"a".repeat(50_000)}!` })).toThrow('a must match pattern "^(a+)+$"');
  expect(resolveParameters(manifest, { a: "aaa" })).toEqual({ a: "aaa" });
  // With RegExp, fifty letters already take longer than the age of the universe.
  expect(performance.now() - started).toBeLessThan(5_000);
});

test("a schema of one manifest changes nothing for others, whatever it calls itself", () => {
  const draft = "http://json-schema.org/draft-07/schema";
  for (const schema of [{ $id: draft }, { $id: draft, $schema: "x" }, { properties: { x: { $id: draft } } }])
    expect(() => resolveParameters(manifestOf({ type: "object", ...schema }), {})).toThrow(Problem);
  expect(resolveParameters(manifestOf({ properties: { x: { type: "number", default: 1 } } }), {})).toEqual({ x: 1 });
});

test("a stored schema that cannot be used refuses its own parameters, and its hash can still be made", () => {
  const manifest = manifestOf({ $id: "x", properties: {} });
  expect(() => resolveParameters(manifest, {})).toThrow(
    /The JSON Schema of the parameters of .* cannot be used: \$id is not allowed/,
  );
  expect(parametersHash(manifest, {})).toMatch(/^[0-9a-f]{8}$/);
});

test.each<[string, JsonObject, string]>([
  ["deep", { list: nested(40) }, "parameters are nested deeper than 32 levels"],
  ["many", { list: Array.from({ length: 5_001 }, () => 0) }, "parameters are more than 5000 values"],
  ["long", { text: "x".repeat(1_100_000) }, "parameters have more than 1048576 characters"],
])("parameters that are too %s are refused before their schema is asked", (_, given, expected) => {
  expect(() => resolveParameters(manifestOf({ additionalProperties: true }), given)).toThrow(expected);
});

test("a parameter may be called like a method of every object", () => {
  const manifest = manifestOf({ properties: { constructor: { type: "object", properties: { x: { default: 1 } } } } });
  expect(resolveParameters(manifest, {})).toEqual({});
  expect({}.constructor).not.toHaveProperty("x");
});

function nested(levels: number): JsonObject {
  return levels === 0 ? {} : { in: nested(levels - 1) };
}
