import type { Route } from "@rollerblade/client";
import * as client from "@rollerblade/client";
import { createLogger } from "@rollerblade/telemetry";
import { expect, test } from "vitest";
import { createHttp } from "./http-server.ts";
import { implement } from "./implement.ts";
import { nobody } from "./principal.ts";

const isRoute = (value: unknown): value is Route =>
  typeof value === "object" && value !== null && "method" in value && "path" in value && "response" in value;

const routes: readonly Route[] = Object.entries(client)
  .filter(([name]) => name.endsWith("Routes"))
  .flatMap(([, group]) => Object.values(group))
  .filter(isRoute);

/** Where a schema describes an object by its keys, and lets others pass. */
const openObjects = (schema: unknown, where: string): string[] => {
  if (typeof schema !== "object" || schema === null) return [];
  const isOpen = "properties" in schema && !("additionalProperties" in schema);
  return [
    ...(isOpen ? [where] : []),
    ...Object.entries(schema).flatMap(([key, value]) => openObjects(value, `${where}.${key}`)),
  ];
};

test("no body of any route takes a key that it does not know, at any depth", async () => {
  const http = await createHttp({ service: "all", log: createLogger("catalog", { level: "silent" }) });
  const context = { http, name: "catalog" as const, authenticate: async () => nobody };
  for (const route of routes) implement(context, route, () => undefined);
  await http.ready();
  const { paths } = (await http.inject("/openapi.json")).json();
  const operations = Object.entries<Record<string, { requestBody?: unknown }>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({ where: `${method} ${path}`, requestBody })),
  );
  expect(operations.filter(({ requestBody }) => requestBody !== undefined).length).toBeGreaterThan(20);
  expect(operations.flatMap(({ where, requestBody }) => openObjects(requestBody, where))).toEqual([]);
});
