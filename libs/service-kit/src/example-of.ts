import { z } from "zod";
import { commonFields } from "./common-fields.ts";

/** What of JSON Schema the API's schemas use, as far as it decides what an example looks like. */
type Schema = {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly default?: unknown;
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly minItems?: number | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
  readonly items?: Schema | undefined;
  readonly prefixItems?: readonly Schema[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: Schema | boolean | undefined;
};

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    default: z.unknown().optional(),
    minimum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    minItems: z.number().optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
    allOf: z.array(schema).optional(),
    items: schema.optional(),
    prefixItems: z.array(schema).optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), schema]).optional(),
  }),
);

const formats: Readonly<Record<string, string>> = {
  uuid: "0192f0e4-7f3c-7abc-8def-001122334455",
  "date-time": "2026-11-30T12:00:00Z",
  uri: "https://rollerblade.example.org",
};

const typeOf = ({ type, properties }: Schema): string => {
  if (typeof type === "string") return type;
  return type?.find((one) => one !== "null") ?? (properties === undefined ? "any" : "object");
};

const fits = (value: unknown, { type, anyOf, oneOf }: Schema): boolean => {
  // Any JSON.
  if (type === undefined) return anyOf === undefined && oneOf === undefined;
  const types = [type].flat();
  const is =
    value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  return types.includes(is) || (is === "integer" && types.includes("number"));
};

/** Stands where a text has no example of its own; `commonFields` has one for each field that is a text. */
const noExample = "…";

/** The example of a field of a named schema: that of this field there, else what every field of this name has. */
const exampleOfField = (owner: string, name: string): unknown =>
  commonFields[`${owner}.${name}`]?.example ?? commonFields[name]?.example;

/**
 * An example of a schema: of each field the value that `commonFields` has for its name, else one of its type. Fields that may be left out
 * are there as well; a list has one item.
 * @param schemas those to which it refers, by name
 */
export const exampleOf = (whole: unknown, schemas: Readonly<Record<string, unknown>>, name = ""): unknown => {
  const make = (one: Schema, name: string, within: readonly string[]): unknown => {
    if (one.$ref !== undefined) {
      const target = one.$ref.split("/").at(-1) ?? "";
      return within.includes(target) ? null : make(schema.parse(schemas[target]), name, [...within, target]);
    }
    if (one.const !== undefined) return one.const;
    const known = exampleOfField(within.at(-1) ?? "", name);
    if (one.enum !== undefined) return one.enum.includes(known) ? known : one.enum[0];
    if (known !== undefined && fits(known, one) && one.format !== "date-time") return known;
    const choice = [...(one.anyOf ?? []), ...(one.oneOf ?? [])].find(({ type }) => type !== "null");
    if (choice !== undefined) return make(choice, name, within);
    if (one.allOf !== undefined) return Object.assign({}, ...one.allOf.map((part) => make(part, name, within)));
    switch (typeOf(one)) {
      case "object": {
        const fields = Object.entries(one.properties ?? {}).map(([field, part]) => [field, make(part, field, within)]);
        return Object.fromEntries(fields);
      }
      case "array":
        if (one.prefixItems !== undefined) return one.prefixItems.map((part) => make(part, name, within));
        return one.items === undefined ? [] : [make(one.items, `${name}[]`, within)];
      case "string":
        return formats[one.format ?? ""] ?? noExample;
      case "integer":
      case "number":
        return one.default ?? Math.max(1, one.minimum ?? 1, (one.exclusiveMinimum ?? 0) + 1);
      case "boolean":
        return one.default ?? true;
      default:
        return null;
    }
  };
  return make(schema.parse(whole), name, []);
};
