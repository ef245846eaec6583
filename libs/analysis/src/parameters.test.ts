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
  ["a long text that is no argument", { value: "x".repeat(1_000_000) }],
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
