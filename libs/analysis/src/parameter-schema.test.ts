import type { Json, JsonObject } from "@rollerblade/abids";
import { expect, test } from "vitest";
import { compileSchema, faultsOfSchema } from "./parameter-schema.ts";

const draft7 = "http://json-schema.org/draft-07/schema";

test.each<[string, JsonObject, string]>([
  ["a name", { $id: "x" }, "$id is not allowed: the schema of parameters stands alone"],
  ["the name of the meta-schema", { $id: draft7, type: "object" }, "$id is not allowed"],
  ["a name within", { properties: { a: { items: { $id: "#a" } } } }, "properties.a.items.$id is not allowed"],
  ["an old name", { definitions: { a: { id: "x" } } }, "definitions.a.id is not allowed"],
  ["an anchor", { $defs: { a: { $anchor: "a" } } }, "$defs.a.$anchor is not allowed"],
  ["a dynamic reference", { properties: { a: { $dynamicRef: "#a" } } }, "properties.a.$dynamicRef is not allowed"],
  ["an asynchronous schema", { $async: true }, "$async is not allowed"],
  ["an unknown draft", { $schema: "http://example.org/mine" }, "$schema is not a draft of JSON Schema"],
  ["a draft within", { properties: { a: { $schema: draft7 } } }, "properties.a.$schema may stand at the top"],
  [
    "a remote reference",
    { properties: { a: { $ref: "http://127.0.0.1/x.json" } } },
    "properties.a.$ref must refer to a part",
  ],
  ["the meta-schema", { properties: { a: { $ref: draft7 } } }, "properties.a.$ref must refer to a part of this schema"],
  ["a reference to nothing", { properties: { a: { $ref: "#/$defs/b" } } }, "properties.a.$ref must refer to a part"],
  ["a reference to itself", { properties: { a: { $ref: "#" } } }, "properties.a.$ref leads back to itself"],
  [
    "a circle",
    { properties: { a: { $ref: "#/$defs/b" } }, $defs: { b: { not: { $ref: "#/$defs/b" } } } },
    "leads back to itself",
  ],
  [
    "references that double",
    { properties: { a: { $ref: "#/$defs/d0" } }, $defs: doubling(40) },
    "once every $ref is followed",
  ],
  [
    "a lookahead",
    { properties: { a: { pattern: "^(?=a)b" } } },
    "properties.a.pattern is not a regular expression of RE2",
  ],
  ["a pattern of names", { patternProperties: { "(": {} } }, "patternProperties.( is not a regular expression of RE2"],
  [
    "a long pattern",
    { properties: { a: { pattern: "a".repeat(501) } } },
    "properties.a.pattern is longer than 500 characters",
  ],
  [
    "repetitions",
    { properties: { a: { pattern: "((a{10}){10}){10}" }, b: { pattern: "((b{10}){10}){10}" } } },
    "patterns that are too large",
  ],
  [
    "many values",
    { properties: { a: { enum: Array.from({ length: 2_001 }, (_, i) => i) } } },
    "has more than 2000 values",
  ],
  ["depth", { properties: deep(40) }, "is nested deeper than 32 levels"],
  ["an unknown keyword", { properties: { a: { minimun: 1 } } }, 'strict mode: unknown keyword: "minimun"'],
  [
    "a prototype",
    JSON.parse('{"properties": {"__proto__": {"type": "object"}}}'),
    "properties.__proto__ is not allowed as a name",
  ],
  [
    "a wrong type",
    { properties: { a: { type: "numer" } } },
    "properties.a.type must be equal to one of the allowed values",
  ],
])("a schema with %s is refused with its place", (_, schema, expected) => {
  const faults = faultsOfSchema(schema).map(({ where, message }) => `${where} ${message}`.trim());
  expect(faults.join("\n")).toContain(expected);
  expect(() => compileSchema(schema)).toThrow();
});

test.each<[string, JsonObject, Json, boolean]>([
  ["a parameter called $id", { properties: { $id: { type: "string" } } }, { $id: "x" }, true],
  ["a default called $ref", { properties: { a: { default: { $ref: "x" } } } }, { a: 1 }, true],
  ["draft 2020-12", { $schema: "https://json-schema.org/draft/2020-12/schema", properties: { a: {} } }, { a: 1 }, true],
  [
    "a local reference",
    { properties: { a: { $ref: "#/$defs/b" } }, $defs: { b: { type: "number" } } },
    { a: "x" },
    false,
  ],
  [
    "an escaped reference",
    { properties: { a: { $ref: "#/$defs/b~1c%20d" } }, $defs: { "b/c d": { const: 1 } } },
    { a: 1 },
    true,
  ],
  ["two patterns", { properties: { a: { pattern: "^x$" }, b: { pattern: "^y$" } } }, { a: "x", b: "x" }, false],
  ["letters of other scripts", { properties: { a: { pattern: "^\\p{L}+$" } } }, { a: "Größe" }, true],
  ["patterns of names", { patternProperties: { "^x-": { type: "number" } } }, { "x-a": 1 }, true],
  [
    "equal items",
    { properties: { a: { uniqueItems: true } } },
    {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
    },
    false,
  ],
  ["items that differ", { properties: { a: { uniqueItems: true } } }, { a: [1, "1", [1], { 1: 1 }] }, true],
  ["items that may repeat", { properties: { a: { uniqueItems: false } } }, { a: [1, 1] }, true],
])("a schema with %s is used", (_, schema, value, expected) => {
  expect(faultsOfSchema(schema)).toEqual([]);
  expect(compileSchema(schema)(structuredClone(value))).toBe(expected);
});

test("defaults are added to what is checked", () => {
  const value = {};
  expect(compileSchema({ properties: { a: { type: "number", default: 0.5 } } })(value)).toBe(true);
  expect(value).toEqual({ a: 0.5 });
});

/** Each definition refers twice to the next one. */
function doubling(levels: number): JsonObject {
  return Object.fromEntries(
    Array.from({ length: levels }, (_, level) => {
      const next = { $ref: `#/$defs/d${level + 1}` };
      return [`d${level}`, level + 1 === levels ? { type: "number" } : { allOf: [next, next] }];
    }),
  );
}

function deep(levels: number): JsonObject {
  return levels === 0 ? { a: {} } : { a: { properties: deep(levels - 1) } };
}
