import * as facts from "@rollerblade/abids/facts";
import { z } from "zod";
import * as audit from "./accounts/audit-routes.ts";
import * as groups from "./accounts/groups-routes.ts";
import * as resources from "./accounts/resources-routes.ts";
import * as signIn from "./accounts/sign-in-routes.ts";
import * as tokens from "./accounts/tokens-routes.ts";
import * as users from "./accounts/users-routes.ts";
import * as catalog from "./catalog-routes.ts";
import * as conversions from "./conversion-routes.ts";
import * as corrections from "./correction-routes.ts";
import * as findings from "./findings-routes.ts";
import * as gateway from "./gateway-routes.ts";
import * as ingest from "./ingest-routes.ts";
import { json, jsonRecord } from "./json.ts";
import * as problems from "./problem-document.ts";
import * as ratings from "./rating-routes.ts";
import type { Route } from "./route.ts";
import * as router from "./router-routes.ts";
import * as scheduler from "./scheduler-routes.ts";
import * as staging from "./staging-routes.ts";
import { strictly } from "./strictly.ts";
import * as tagger from "./tagger-routes.ts";

const modules = [
  facts,
  audit,
  catalog,
  conversions,
  corrections,
  findings,
  gateway,
  groups,
  ingest,
  problems,
  ratings,
  resources,
  router,
  scheduler,
  signIn,
  staging,
  tagger,
  tokens,
  users,
];

const exported = modules.flatMap((module) => Object.entries<unknown>(module));

const isRoute = (value: unknown): value is Route =>
  typeof value === "object" && value !== null && "method" in value && "path" in value && "response" in value;

const routesOf = (value: unknown): [string, Route][] =>
  typeof value !== "object" || value === null || value instanceof z.ZodType
    ? []
    : Object.entries(value).filter((entry): entry is [string, Route] => isRoute(entry[1]));

const routes = exported.flatMap(([, value]) => routesOf(value));

/** Every declared route, of all services. */
export const declaredRoutes: readonly Route[] = routes.map(([, route]) => route);

const operationIds = new WeakMap<object, string>();

/** The name of a route in the table of its service: the `operationId` of OpenAPI, after which generators name functions. @example "createRun" */
export const operationId = (route: Route): string | undefined => operationIds.get(route);

const capitalized = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

/**
 * Names the schemas of the HTTP API, so that OpenAPI describes each of them once, under `components`, and generators of clients
 * need not invent names. A schema is called after its export, the body of a route after the route, and its answer
 * `<Route>Output`. OpenAPI's input variant of a schema gets the ending `Input` when it is written. Generators of clients in Go call their own
 * types `<Route>Response`.
 * @throws Error when two schemas would have one name
 */
const nameSchemas = () => {
  const registry = z.registry<{ readonly id: string }>();
  const add = (schema: z.ZodType | undefined, id: string) => {
    if (schema !== undefined && isDescribed(schema) && !registry.has(schema)) registry.add(schema, { id });
  };
  const unnamed = new Set<z.ZodType | undefined>([
    // A name would make a class of what is any JSON, or a dictionary.
    facts.jsonObjectSchema,
    json,
    jsonRecord,
    // OpenAPI describes each field of these as a parameter.
    gateway.liveEventsQuery,
    ...routes.flatMap(([, { params, query }]) => [params, query]),
  ]);
  for (const [name, value] of exported)
    if (value instanceof z.ZodType && !unnamed.has(value)) add(value, capitalized(name.replace(/Schema$/, "")));
  for (const [name, route] of routes) {
    if (routes.some(([other, same]) => other === name && same !== route))
      throw new Error(`Two routes are called ${name}.`);
    operationIds.set(route, name);
    add(strictly(route.body), capitalized(name));
    add(route.response, `${capitalized(name)}Output`);
  }
  return registry;
};

/** What a schema of nothing would describe is left to the status code. */
const isDescribed = (schema: z.ZodType): boolean => !(schema instanceof z.ZodUndefined || schema instanceof z.ZodVoid);

/** The named schemas of the HTTP API. */
export const apiSchemas = nameSchemas();
