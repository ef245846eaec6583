const scalars: readonly unknown[] = ["string", "integer", "number", "boolean"];

/**
 * Writes `anyOf: [{type: "string", …}, {type: "null"}]` as `type: ["string", "null"]` in all of a JSON schema. It means the same, and generators
 * of clients make an optional text of it, where the alternative becomes a class.
 */
export const withNullableTypes = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withNullableTypes);
  if (typeof part !== "object" || part === null) return part;
  const whole = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withNullableTypes(value)]));
  const { anyOf, ...rest } = whole;
  if (!Array.isArray(anyOf) || anyOf.length !== 2 || rest.type !== undefined) return whole;
  const [value, none] = anyOf;
  // A list of values would have to hold null as well.
  const isScalar = scalars.includes(value.type) && value.enum === undefined && value.const === undefined;
  return isScalar && none.type === "null" ? { ...value, type: [value.type, "null"], ...rest } : whole;
};
