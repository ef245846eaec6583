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
  paths: z.record(z.string(), z.partialRecord(z.enum(["get", "put", "post", "patch", "delete"]), operation)),
});
export type OpenApiDocument = z.output<typeof openApiDocument>;

/** What a stranger knows or guesses: by the name of a parameter or property the values to try. */
export type Guesses = Readonly<Record<string, readonly string[]>>;

/** One request. */
export type ScriptedRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string | null;
  readonly contentType: string | null;
  /** Which operation it tries: method and path of the document. */
  readonly operation: string;
};

/**
 * Every request that a stranger makes of every operation of a document: all combinations of guesses in the path, and in the query one
 * request without, and one for each guess of each parameter beside the required ones. A new route takes part by itself.
 */
export const strangerScript = (document: OpenApiDocument, guesses: Guesses): ScriptedRequest[] =>
  Object.entries(document.paths)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { parameters, requestBody }]) => {
        const [contentType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [null, null];
        const bodies =
          contentType === null
            ? [null]
            : contentType === "application/json"
              ? bodiesOf(jsonSchema.catch({}).parse(content?.schema ?? {}), guesses)
              : ["x"];
        return pathsOf(path, guesses).flatMap((filled) =>
          queriesOf(
            parameters.filter((one) => one.in === "query"),
            guesses,
          ).flatMap((query) =>
            bodies.map((body) => ({
              method: method.toUpperCase(),
              path: `${filled}${query}`,
              body,
              contentType: body === null ? null : contentType,
              operation: `${method.toUpperCase()} ${path}`,
            })),
          ),
        );
      }),
    );

const jsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.json()).optional(),
  items: z.json().optional(),
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

/** The smallest sensible body with the first guess everywhere, and one for each further guess of a property. */
const bodiesOf = (schema: z.output<typeof jsonSchema>, guesses: Guesses): string[] => {
  const names = Object.keys(schema.properties ?? {});
  const first = Object.fromEntries(names.flatMap((name) => guessedValue(name, schema.properties?.[name], guesses, 0)));
  const more = names.flatMap((name) =>
    guessesOf(name, guesses)
      .slice(1)
      .map((_, index) => ({
        ...first,
        ...Object.fromEntries(guessedValue(name, schema.properties?.[name], guesses, index + 1)),
      })),
  );
  return [first, ...more].map((body) => JSON.stringify(body));
};

/** A property with a guess or the first value that its schema allows; none where it may be left out for all that one knows. */
const guessedValue = (name: string, given: unknown, guesses: Guesses, index: number): [string, unknown][] => {
  const guess = guessesOf(name, guesses)[index];
  const schema = jsonSchema.catch({}).parse(given ?? {});
  if (guess !== undefined) return [[name, guess]];
  if (schema.enum !== undefined) return [[name, schema.enum[0]]];
  if (schema.type === "array") return [[name, []]];
  if (schema.type === "boolean") return [[name, false]];
  return [];
};
