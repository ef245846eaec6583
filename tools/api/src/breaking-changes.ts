import { z } from "zod";

/** A JSON schema as far as it is compared: what an object has, what it must have, and what an array holds. */
export type Schema = {
  readonly type?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly additionalProperties?: unknown;
};

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    // False closes a tuple; there is nothing to compare in it.
    items: z.union([schema, z.boolean().transform((): Schema => ({}))]).optional(),
    anyOf: z.array(schema).optional(),
  }),
);

const content = z.record(z.string(), z.object({ schema: schema.optional() })).default({});

const operation = z.object({
  parameters: z
    .array(
      z.object({ name: z.string(), in: z.string(), required: z.boolean().default(false), schema: schema.default({}) }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content })).default({}),
});
type Operation = z.output<typeof operation>;

/** The part of an OpenAPI document that callers depend on: operations by path and method. */
export const describedApi = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

/** The operations of an API. */
export type DescribedApi = z.output<typeof describedApi>;

/** Reads the text of an OpenAPI document, with the named schemas in the place of references to them, and `allOf` as one object. */
export const readApi = (text: string): DescribedApi => {
  const document: unknown = JSON.parse(text);
  const schemas: Readonly<Record<string, unknown>> = Object(Object(Object(document).components).schemas);
  return describedApi.parse(resolved(document, schemas, []));
};

const prefix = "#/components/schemas/";

/** A schema that refers to itself ends at its second occurrence, as one that allows anything. */
const resolved = (part: unknown, schemas: Readonly<Record<string, unknown>>, inside: readonly string[]): unknown => {
  if (Array.isArray(part)) return part.map((one) => resolved(one, schemas, inside));
  if (typeof part !== "object" || part === null) return part;
  const reference: unknown = "$ref" in part ? part.$ref : undefined;
  if (typeof reference === "string" && reference.startsWith(prefix)) {
    const name = reference.slice(prefix.length);
    return inside.includes(name) ? {} : resolved(schemas[name] ?? {}, schemas, [...inside, name]);
  }
  const whole = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, resolved(value, schemas, inside)]));
  return Array.isArray(whole.allOf) ? merged(whole.allOf) : whole;
};

/** What has the fields of all parts. */
const merged = (parts: readonly unknown[]): object => ({
  type: "object",
  properties: Object.assign({}, ...parts.map((part) => Object(part).properties)),
  required: parts.flatMap((part) => Object(part).required ?? []),
});

/**
 * Lists what a caller of the released API would stumble over in the present one: operations that are gone, parameters or fields of
 * a body that are refused, newly required or take fewer values, and fields of responses that are gone, of another type, or absent
 * at times where they were always there. What is merely added breaks nobody.
 * @example ["GET /v1/datasets: the response no longer has items[].name"]
 */
export const breakingChanges = (released: DescribedApi, present: DescribedApi): string[] =>
  Object.entries(released.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, before]) => {
      const after = present.paths[path]?.[method];
      const name = `${method.toUpperCase()} ${path}`;
      if (after === undefined) return [`${name} is gone`];
      return [...compareInput(before, after), ...compareOutput(before, after)].map((change) => `${name}: ${change}`);
    }),
  );

const compareInput = (before: Operation, after: Operation): string[] => [
  ...requests(parametersOf(before), parametersOf(after), "parameter "),
  ...requests(bodyOf(before.requestBody?.content), bodyOf(after.requestBody?.content), "body."),
];

const compareOutput = (before: Operation, after: Operation): string[] =>
  Object.entries(before.responses).flatMap(([status, { content: was }]) =>
    status.startsWith("2") ? responses(bodyOf(was), bodyOf(after.responses[status]?.content), "") : [],
  );

const parametersOf = ({ parameters }: Operation): Schema => ({
  type: "object",
  properties: Object.fromEntries(parameters.map((one) => [one.name, one.schema])),
  required: parameters.flatMap(({ name, required }) => (required ? [name] : [])),
});

const bodyOf = (of: Operation["responses"][string]["content"] | undefined): Schema =>
  of?.["application/json"]?.schema ?? {};

/** What a caller sends: everything that was accepted is still accepted, and nothing more is asked for. */
const requests = (before: Schema, after: Schema, at: string): string[] => [
  ...narrowedValues(before, after, at),
  ...(after.required ?? [])
    .filter((name) => !(before.required ?? []).includes(name))
    .map((name) => `${at}${name} is required now`),
  ...each(before, after, at, (was, is, where) =>
    is === undefined ? [`${where} is not taken any more`] : requests(was, is, `${where}.`),
  ),
];

/** What a caller reads: every field is still there, of the same type, as surely as before. */
const responses = (before: Schema, after: Schema, at: string): string[] => [
  ...otherType(before, after, at),
  ...(before.required ?? [])
    .filter((name) => after.properties?.[name] !== undefined && !(after.required ?? []).includes(name))
    .map((name) => `the response may miss ${at}${name}`),
  ...each(before, after, at, (was, is, where) =>
    is === undefined ? [`the response no longer has ${where}`] : responses(was, is, `${where}.`),
  ),
];

type Compare = (before: Schema, after: Schema | undefined, at: string) => string[];

const each = (before: Schema, after: Schema, at: string, compare: Compare): string[] => [
  ...Object.entries(before.properties ?? {}).flatMap(([name, was]) =>
    compare(was, after.properties?.[name], `${at}${name}`),
  ),
  ...(before.items === undefined ? [] : compare(before.items, after.items, `${at.replace(/\.$/, "")}[]`)),
];

const narrowedValues = (before: Schema, after: Schema, at: string): string[] => {
  const name = at.replace(/\.$/, "");
  const lost = (before.enum ?? []).filter((value) => after.enum !== undefined && !after.enum.includes(value));
  return [
    ...otherType(before, after, at),
    ...lost.map((value) => `${name} does not take ${JSON.stringify(value)} any more`),
    ...(before.enum === undefined && before.type !== undefined && after.enum !== undefined
      ? [`${name} takes only some values now`]
      : []),
  ];
};

/** Types by name; those of alternatives (`anyOf`) together, since their order means nothing. */
const typesOf = ({ type, anyOf = [] }: Schema): string[] =>
  [...(type === undefined ? [] : [type].flat().map(String)), ...anyOf.flatMap(typesOf)].sort();

const otherType = (before: Schema, after: Schema, at: string): string[] => {
  const [was, is] = [new Set(typesOf(before)), new Set(typesOf(after))];
  if (was.size === 0 || is.size === 0 || (was.size === is.size && [...was].every((type) => is.has(type)))) return [];
  return [`${at.replace(/\.$/, "") || "the whole"} is ${[...is].join(" or ")} and was ${[...was].join(" or ")}`];
};
