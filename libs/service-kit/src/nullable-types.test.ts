import { expect, test } from "vitest";
import { withNullableTypes } from "./nullable-types.ts";

const none = { type: "null" };

test.each([
  [
    "a text that may be null",
    { anyOf: [{ type: "string", pattern: "^a" }, none], description: "A name." },
    { type: ["string", "null"], pattern: "^a", description: "A name." },
  ],
  [
    "one within a list",
    { type: "array", items: { anyOf: [{ type: "integer", minimum: 0 }, none] } },
    { type: "array", items: { type: ["integer", "null"], minimum: 0 } },
  ],
  ["one of some values", { anyOf: [{ type: "string", enum: ["a"] }, none] }],
  ["an object", { anyOf: [{ type: "object", properties: {} }, none] }],
  ["a named schema", { anyOf: [{ $ref: "#/components/schemas/Age" }, none] }],
  ["another alternative", { anyOf: [{ type: "string" }, { type: "integer" }] }],
])("%s", (_, schema, expected: object = schema) => {
  expect(withNullableTypes(schema)).toEqual(expected);
});
