import { expect, test } from "vitest";
import { breakingChanges, describedApi, readApi } from "./breaking-changes.ts";

const text = { type: "string" };
const released = {
  parameters: [{ name: "limit", in: "query", schema: { type: "integer" } }],
  body: {
    type: "object",
    properties: { name: text, mode: { type: "string", enum: ["add", "mirror"] } },
    required: ["name"],
  },
  response: {
    type: "object",
    properties: {
      id: text,
      items: {
        type: "array",
        items: { type: "object", properties: { size: { type: "integer" } }, required: ["size"] },
      },
    },
    required: ["id", "items"],
  },
};

const api = ({ parameters, body, response }: typeof released | Record<keyof typeof released, unknown>) =>
  describedApi.parse({
    paths: {
      "/v1/things": {
        post: {
          parameters,
          requestBody: { content: { "application/json": { schema: body } } },
          responses: { 200: { content: { "application/json": { schema: response } } } },
        },
      },
    },
  });

const object = (properties: object, required: string[] = []) => ({ type: "object", properties, required });

test.each([
  ["nothing", {}, []],
  ["a parameter that is gone", { parameters: [] }, ["parameter limit is not taken any more"]],
  [
    "a parameter that is required",
    { parameters: [{ ...released.parameters[0], required: true }] },
    ["parameter limit is required now"],
  ],
  [
    "a parameter of another type",
    { parameters: [{ name: "limit", in: "query", schema: text }] },
    ["parameter limit is string and was integer"],
  ],
  [
    "a field of a body that is gone, and a value",
    { body: object({ mode: { type: "string", enum: ["add"] } }) },
    ["body.name is not taken any more", 'body.mode does not take "mirror" any more'],
  ],
  [
    "a new field of a body that is required",
    {
      body: { ...released.body, properties: { ...released.body.properties, owner: text }, required: ["name", "owner"] },
    },
    ["body.owner is required now"],
  ],
  [
    "a field of a response that is gone, and one that may be absent",
    { response: object({ items: { type: "array", items: object({ size: { type: "integer" } }) } }, ["items"]) },
    ["the response no longer has id", "the response may miss items[].size"],
  ],
  [
    "a field of a response of another type",
    { response: { ...released.response, properties: { ...released.response.properties, id: { type: "integer" } } } },
    ["id is integer and was string"],
  ],
  [
    "new optional fields, parameters and values",
    {
      parameters: [...released.parameters, { name: "after", in: "query", schema: text }],
      body: { ...released.body, properties: { ...released.body.properties, note: text } },
      response: { ...released.response, properties: { ...released.response.properties, note: text } },
    },
    [],
  ],
])("of %s a caller is warned", (_, change, expected) => {
  const found = breakingChanges(api(released), api({ ...released, ...change }));
  expect(found).toEqual(expected.map((one) => `POST /v1/things: ${one}`));
});

test("an operation that is gone is named with its method", () => {
  expect(breakingChanges(api(released), { paths: {} })).toEqual(["POST /v1/things is gone"]);
});

test("a named schema is compared like one that stands in its place, also when it refers to itself", () => {
  const document = (items: object) =>
    JSON.stringify({
      paths: {
        "/v1/things": {
          get: { responses: { 200: { content: { "application/json": { schema: { type: "array", items } } } } } },
        },
      },
      components: {
        schemas: {
          Thing: object({ id: text, parts: { type: "array", items: { $ref: "#/components/schemas/Thing" } } }),
        },
      },
    });
  const named = readApi(document({ $ref: "#/components/schemas/Thing" }));
  expect(breakingChanges(readApi(document(object({ id: text }))), named)).toEqual([]);
  expect(breakingChanges(readApi(document(object({ id: text, name: text }))), named)).toEqual([
    "GET /v1/things: the response no longer has [].name",
  ]);
});
