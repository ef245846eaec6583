import type { ValueSchema } from "../schema/reduce-rules.ts";
import { formats } from "./content-rules.ts";

/** What is wrong with a metadata value, in words that follow on its name, or null. */
export const faultOfValue = (schema: ValueSchema, value: unknown): string | null => {
  if (schema.anyOf !== undefined) {
    const faults = schema.anyOf.map((one) => faultOfValue(one, value));
    return faults.includes(null) ? null : (faults.find((fault) => fault !== null) ?? null);
  }
  if (schema.type !== undefined && !isOfType(schema.type, value))
    return `is ${shown(value)}, but must be ${article(schema)}`;
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return `is ${shown(value)}, but must be one of ${schema.enum.slice(0, 20).map(shown).join(", ")}`;
  if (typeof value === "number") return faultOfNumber(schema, value);
  if (typeof value === "string") return faultOfText(schema, value);
  if (Array.isArray(value)) return faultOfList(schema, value);
  return typeof value === "object" && value !== null ? faultOfObject(schema, value) : null;
};

const isOfType = (type: string, value: unknown): boolean => {
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
};

const article = ({ type = "", unit }: ValueSchema): string =>
  `${{ array: "a list", integer: "an integer", object: "an object" }[type] ?? `a ${type}`}${unit === undefined ? "" : ` (${unit})`}`;

const faultOfNumber = ({ minimum, maximum, exclusiveMinimum }: ValueSchema, value: number): string | null => {
  if (minimum !== undefined && value < minimum) return `is ${value}, but must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `is ${value}, but must be at most ${maximum}`;
  return exclusiveMinimum !== undefined && value <= exclusiveMinimum
    ? `is ${value}, but must be above ${exclusiveMinimum}`
    : null;
};

const faultOfText = ({ pattern, format }: ValueSchema, value: string): string | null => {
  if (pattern !== undefined && !compiled(pattern).test(value))
    return `is ${shown(value)}, which is not of the form ${pattern}`;
  const known = format === undefined ? undefined : formats.get(format);
  return known !== undefined && !compiled(known).test(value)
    ? `is ${shown(value)}, which is not in the format ${format}`
    : null;
};

const faultOfList = (
  { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: ValueSchema,
  value: readonly unknown[],
): string | null => {
  if (value.length < minItems) return `has ${value.length} items, but must have at least ${minItems}`;
  if (value.length > maxItems) return `has ${value.length} items, but must have at most ${maxItems}`;
  for (const [index, item] of value.entries()) {
    const fault = items === undefined ? null : faultOfValue(items, item);
    if (fault !== null) return `item ${index + 1} ${fault}`;
  }
  return null;
};

const faultOfObject = (
  { properties = {}, additionalProperties = true, required = [] }: ValueSchema,
  value: object,
): string | null => {
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) return `is missing ${missing}`;
  for (const [key, member] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (schema === false) return `has ${shown(key)}, which BIDS does not know`;
    const fault = schema === undefined || schema === true ? null : faultOfValue(schema, member);
    if (fault !== null) return `${key} ${fault}`;
  }
  return null;
};

const compiled = (pattern: string): RegExp => {
  const expression = patterns.get(pattern) ?? new RegExp(pattern);
  patterns.set(pattern, expression);
  return expression;
};

const patterns = new Map<string, RegExp>();

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};
