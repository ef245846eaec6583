import { readFile } from "node:fs/promises";
import { everyRoute, operationId, type Route, strictly } from "@rollerblade/client";
import { expect, test } from "vitest";
import { z } from "zod";

/** What the API reference is for: each operation, field and parameter is described, and each body has an example that is one. */
const body = z.looseObject({
  content: z.record(z.string(), z.looseObject({ example: z.unknown().optional() })).optional(),
});
const parameter = z.looseObject({
  name: z.string(),
  in: z.string(),
  description: z.string().optional(),
  example: z.unknown().optional(),
});
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string().optional(),
  description: z.string().optional(),
  parameters: z.array(parameter).default([]),
  requestBody: body.optional(),
  responses: z.record(z.string(), body),
});
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});
const api = document.parse(JSON.parse(await readFile(new URL("../../../docs/openapi.json", import.meta.url), "utf8")));
const operations = Object.values(api.paths).flatMap((methods) => Object.values(methods));
const routes = new Map(everyRoute.map((route) => [operationId(route) ?? "", route]));

/** Streams, which are no declared routes. */
const undeclared = ["GET /v1/events"];

const jsonOf = (one: z.output<typeof body> | undefined) => one?.content?.["application/json"];

test("each operation says what it does, and what a caller has to know", () => {
  expect(operations.length).toBeGreaterThan(100);
  const bare = operations.filter(
    ({ summary = "", description = "" }) => summary === "" || description.length <= summary.length,
  );
  expect(bare.map((one) => one.operationId)).toEqual([]);
});

/** Fields get their words by `.describe(…)`, or, where they mean the same everywhere, in `common-fields.ts` of the service kit. */
test("each parameter and each field of each schema is described", () => {
  const bare: string[] = operations.flatMap(({ operationId: id, parameters }) =>
    parameters.filter(({ description = "" }) => description === "").map(({ name }) => `${id} ${name}`),
  );
  const walk = (part: unknown, path: string): void => {
    if (typeof part !== "object" || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (key === "example") continue;
      walk(value, `${path}.${key}`);
      if (key !== "properties" || typeof value !== "object" || value === null) continue;
      for (const [name, schema] of Object.entries(value))
        if (!("description" in Object(schema))) bare.push(`${path}.${name}`);
    }
  };
  walk(api.components.schemas, "");
  expect(bare).toEqual([]);
});

test("each body of a request and each answer has an example that the server takes, or gives", () => {
  const faults: string[] = [];
  let examples = 0;
  const check = (id: string, what: string, schema: z.ZodType | undefined, json: ReturnType<typeof jsonOf>): void => {
    if (json === undefined) return;
    examples += 1;
    const parsed = schema?.safeParse(json.example);
    if (parsed?.success !== true) faults.push(`${id} ${what}: ${parsed?.error.message}`);
    // What stands where nobody has written one.
    if (JSON.stringify(json.example).includes('"…"'))
      faults.push(`${id} ${what}: ${/.{0,60}"…".{0,20}/.exec(JSON.stringify(json.example))?.[0]}`);
  };
  for (const { operationId: id, requestBody, responses } of operations) {
    const route = routes.get(id);
    if (route === undefined) continue;
    check(id, "request", strictly(route.body), jsonOf(requestBody));
    check(id, "answer", route.response, jsonOf(responses[200]));
  }
  expect(faults).toEqual([]);
  expect(examples).toBeGreaterThan(130);
});

test("each parameter that a request must have has an example that the server takes", () => {
  const faults = operations.flatMap(({ operationId: id, parameters }) => {
    const route = routes.get(id);
    if (route === undefined) return [];
    return [
      ...faultsOf(
        route,
        "params",
        parameters.filter((one) => one.in === "path"),
      ),
      ...faultsOf(
        route,
        "query",
        parameters.filter((one) => one.in === "query" && one.example !== undefined),
      ),
    ];
  });
  expect(faults).toEqual([]);
});

const faultsOf = (route: Route, part: "params" | "query", given: readonly z.output<typeof parameter>[]): string[] => {
  const schema = route[part];
  if (schema === undefined) return [];
  const parsed = schema.safeParse(Object.fromEntries(given.map(({ name, example }) => [name, example])));
  return parsed.success ? [] : [`${route.method} ${route.path} ${part}: ${parsed.error.message}`];
};

test("every operation is a declared route, but the streams", () => {
  const other = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, one]) =>
      routes.has(one.operationId) ? [] : [`${method.toUpperCase()} ${path}`],
    ),
  );
  expect(other).toEqual(undeclared);
});

test("no schema is called as generators of clients in Go call their own types", () => {
  const ids = new Set(operations.map((one) => one.operationId.toLowerCase()));
  const clashes = Object.keys(api.components.schemas).filter((name) =>
    ["response", "params", "jsonrequestbody"].some(
      (suffix) => name.toLowerCase().endsWith(suffix) && ids.has(name.toLowerCase().slice(0, -suffix.length)),
    ),
  );
  expect(clashes).toEqual([]);
});
