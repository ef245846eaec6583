import type { Json, JsonObject } from "@rollerblade/abids";

const replacement = "\ufffd";

/** Text as jsonb, a column and protobuf can hold it. */
export const storableText = (text: string): string =>
  (text.includes("\0") ? text.replaceAll("\0", replacement) : text).toWellFormed();

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const storableValue = (value: Json): Json => {
  if (typeof value === "string") return storableText(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === null || typeof value === "boolean") return value;
  return isList(value) ? value.map(storableValue) : storable(value);
};

/** JSON as jsonb and protobuf can hold it: neither has NUL, half surrogate pairs or infinity, which JSON files may. */
export const storable = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [storableText(key), storableValue(value)]));
