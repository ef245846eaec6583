import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { contentRules } from "./content-rules.ts";
import { compileExpression } from "./expression.ts";

type Case = { readonly expression: string; readonly result: unknown };

const schema: { meta: { expression_tests: Case[] } } = JSON.parse(
  readFileSync(new URL("../schema/schema.json", import.meta.url), "utf8"),
);

describe("the examples that the schema gives of its language", () => {
  test.each(schema.meta.expression_tests.map(({ expression, result }) => [expression, result]))(
    "%s",
    (text, result) => {
      const context = { sidecar: {}, exists: () => 0 };
      expect(compileExpression(String(text)).evaluate(context)).toEqual(result);
    },
  );
});

test("every expression of the schema can be read", () => {
  const all = contentRules.flatMap(({ selectors, checks = [] }) => [...selectors, ...checks]);
  expect(all.length).toBeGreaterThan(1_000);
  expect(() => all.map(compileExpression)).not.toThrow();
});

test.each([["sidecar.__proto__"], ["sidecar.constructor"], ['sidecar["toString"]']])(
  "%s is nothing that a sidecar has",
  (text) => expect(compileExpression(text).evaluate({ sidecar: {} })).toBeNull(),
);
