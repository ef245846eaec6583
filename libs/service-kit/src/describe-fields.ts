import { commonFields } from "./common-fields.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const described = (name: string, schema: unknown): unknown => {
  const means = commonFields[name]?.means;
  return means === undefined || !isObject(schema) || "description" in schema
    ? schema
    : { ...schema, description: means };
};

/**
 * Describes the fields of a JSON schema, however deep, that have no description of their own, by {@link commonFields}. A reference may have
 * a description beside it (JSON Schema 2020-12, section 8.2.3.1).
 */
export const withDescribedFields = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withDescribedFields);
  if (!isObject(part)) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key !== "properties" || !isObject(value)) return [key, withDescribedFields(value)];
      const fields = Object.entries(value).map(([name, schema]) => [
        name,
        described(name, withDescribedFields(schema)),
      ]);
      return [key, Object.fromEntries(fields)];
    }),
  );
};

/** Describes the parameters of an operation that have no description of their own. */
export const withDescribedParameters = <O extends { readonly parameters?: readonly unknown[] }>(operation: O): O => {
  const { parameters } = operation;
  if (parameters === undefined) return operation;
  const all = parameters.map((one) => (isObject(one) && typeof one.name === "string" ? described(one.name, one) : one));
  return { ...operation, parameters: all };
};
