import { z } from "zod";

/** A part of an OpenAPI 3.1 document: what a request may hold. */
const parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header", "cookie"]),
  required: z.boolean().default(false),
  schema: z.json().optional(),
});
const operation = z.object({
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.json().optional() })) }).optional(),
});
export const openApiDocument = z.object({
  components: z.object({ schemas: z.record(z.string(), z.json()).default({}) }),
  paths: z.record(z.string(), z.partialRecord(z.enum(["get", "put", "post", "patch", "delete"]), operation)),
});
export type OpenApiDocument = z.output<typeof openApiDocument>;

/** What a stranger knows or guesses: by the name of a parameter or property the values to try. */
export type Guesses = Readonly<Record<string, readonly string[]>>;

/** What a stranger tries beside guesses by name. */
export type Tries = {
  /** Cursors of somebody else's pages of a list, by the path of the document. */
  readonly cursorsOf: (path: string) => readonly string[];
  /** Headers to try where an operation takes them, by their names in lower case. */
  readonly headers: Guesses;
};

/** One request. */
export type ScriptedRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string | null;
  readonly contentType: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Which operation it tries: method and path of the document. */
  readonly operation: string;
};

/**
 * Every request that a stranger makes of every operation of a document: all combinations of guesses in the path, and in the query one
 * request without, and one for each guess of each parameter beside the required ones. The first one of each path is sent once more with each
 * header that the operation takes, and as HEAD where it is read. A new route takes part by itself.
 */
export const strangerScript = (document: OpenApiDocument, known: Guesses, tries: Tries): ScriptedRequest[] =>
  Object.entries(document.paths)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, operations]) => {
      const guesses = { ...known, after: [...(known.after ?? []), ...tries.cursorsOf(path)] };
      return Object.entries(operations).flatMap(([method, { parameters, requestBody }]) => {
        const taken = new Set(parameters.filter((one) => one.in === "header").map(({ name }) => name.toLowerCase()));
        const headers = Object.entries(tries.headers).flatMap(([name, values]) =>
          taken.has(name) ? values.map((value) => ({ [name]: value })) : [],
        );
        const [contentType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [null, null];
        const bodies =
          contentType === null
            ? [null]
            : contentType === "application/json"
              ? bodiesOf(content?.schema, guesses, document.components.schemas)
              : ["x"];
        const requests = pathsOf(path, guesses).flatMap((filled) =>
          queriesOf(
            parameters.filter((one) => one.in === "query"),
            guesses,
          ).flatMap((query) =>
            bodies.map((body) => ({
              method: method.toUpperCase(),
              path: `${filled}${query}`,
              body,
              contentType: body === null ? null : contentType,
              headers: {},
              operation: `${method.toUpperCase()} ${path}`,
            })),
          ),
        );
        // With a header, the first request of each path.
        const firsts = [...Map.groupBy(requests, (one) => one.path.split("?")[0]).values()].flatMap((own) =>
          own.slice(0, 1),
        );
        const heads =
          method === "get" && path !== "/v1/events" ? firsts.map((one) => ({ ...one, method: "HEAD" })) : [];
        return [...requests, ...heads, ...firsts.flatMap((one) => headers.map((sent) => ({ ...one, headers: sent })))];
      });
    });

const jsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  $ref: z.string().optional(),
  const: z.json().optional(),
  oneOf: z.array(z.json()).optional(),
  required: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  pattern: z.string().optional(),
  properties: z.record(z.string(), z.json()).optional(),
  items: z.json().optional(),
  minItems: z.number().optional(),
  enum: z.array(z.json()).optional(),
  anyOf: z.array(z.json()).optional(),
  default: z.json().optional(),
});

const guessesOf = (name: string, guesses: Guesses): readonly string[] => guesses[name] ?? [];

/** Fills `{name}` in the path with every guess; a parameter without one gets `x`. */
const pathsOf = (path: string, guesses: Guesses): string[] => {
  const name = /\{(\w+)\}/.exec(path)?.[1];
  if (name === undefined) return [path];
  const values = guessesOf(name, guesses);
  return (values.length === 0 ? ["x"] : values).flatMap((value) =>
    pathsOf(path.replace(`{${name}}`, encodeURIComponent(value)), guesses),
  );
};

const queriesOf = (parameters: readonly z.output<typeof parameter>[], guesses: Guesses): string[] => {
  const required = parameters.filter((one) => one.required);
  const base = required.map(({ name }) => [name, guessesOf(name, guesses)[0] ?? "x"] as const);
  const others = parameters.flatMap(({ name }) => guessesOf(name, guesses).map((value) => [name, value] as const));
  const all = [
    base,
    ...others.map(([name, value]) => [...base.filter(([other]) => other !== name), [name, value] as const]),
  ];
  return [
    ...new Set(all.map((query) => (query.length === 0 ? "" : `?${new URLSearchParams(Object.fromEntries(query))}`))),
  ];
};

/**
 * Bodies of a schema: with every property, with the required ones, and with those that a guess fits; then, for each further guess of a
 * property, wherever it lies, one of the required properties and one of those that a guess fits. A guess that is refused, as a cursor that
 * nobody was given, hides nothing of the required ones so.
 */
const bodiesOf = (schema: unknown, guesses: Guesses, components: Components): string[] => {
  const build = (keep: Building["keep"], varied?: string, index = 0): unknown =>
    exampleOf("", schema, { guesses, components, keep, varied, index });
  const further = Object.entries(guesses).flatMap(([name, values]) =>
    values.slice(1).flatMap((_, at) => [build("guessed", name, at + 1), build("required", name, at + 1)]),
  );
  const all = [build("guessed"), build("required"), build("all"), ...further];
  return [...new Set(all.map((body) => JSON.stringify(body)))];
};

type Components = Readonly<Record<string, unknown>>;

type Building = {
  readonly guesses: Guesses;
  readonly components: Components;
  /** Which properties an object gets; required ones always. */
  readonly keep: "all" | "required" | "guessed";
  /** The property that has its guess of this index; others have their first one. */
  readonly varied: string | undefined;
  readonly index: number;
};

/** A value that the schema allows, as far as its keywords tell, with guesses by the names of properties. */
const exampleOf = (name: string, given: unknown, building: Building): unknown => {
  const schema = jsonSchema.catch({}).parse(given ?? {});
  if (schema.$ref !== undefined)
    return exampleOf(name, building.components[schema.$ref.split("/").at(-1) ?? ""], building);
  const guess = guessesOf(name, building.guesses)[building.varied === name ? building.index : 0];
  const [type] = [schema.type ?? []].flat();
  if (guess !== undefined && (type === undefined || type === "string") && schema.anyOf === undefined) return guess;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])][0];
  if (choice !== undefined) return exampleOf(name, choice, building);
  if (type === "array") {
    const isEmpty = building.keep === "required" && (schema.minItems ?? 0) === 0;
    return isEmpty ? [] : [exampleOf(singular(name), schema.items, building)];
  }
  if (type === "object" || schema.properties !== undefined) return objectOf(schema, building);
  if (schema.default !== undefined) return schema.default;
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return schema.minimum ?? 1;
  return schema.pattern?.startsWith("^sha256:") === true ? `sha256:${"0".repeat(64)}` : "x";
};

const objectOf = ({ properties = {}, required = [] }: z.output<typeof jsonSchema>, building: Building): unknown =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => {
        const isGuessed = [name, singular(name)].some((one) => guessesOf(one, building.guesses).length > 0);
        return building.keep === "all" || required.includes(name) || (building.keep === "guessed" && isGuessed);
      })
      .map(([name, inner]) => [name, exampleOf(name, inner, building)]),
  );

/** What one of a list is called: `datasets` are each a `dataset`. */
const singular = (name: string): string => name.replace(/ies$/, "y").replace(/s$/, "");
