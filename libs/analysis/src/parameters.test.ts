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
