/** A value that a table, a sidecar or a data dictionary can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object: attributes of a subject, metadata of a scan. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * One text for one value, wherever it came from: keys sorted by UTF-16 code unit, no white space, numbers as JavaScript
 * prints them (RFC 8785). Throws a RangeError on a number that JSON cannot hold.
 */
export const canonicalJson = (value: Json): string => {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`JSON has no number ${value}.`);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isJsonList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${members.join(",")}}`;
};

/** Whether a value is an object with keys, as a sidecar must be. */
export const isJsonObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !isJsonList(value);

/** Whether a value is a list. */
export const isJsonList = (value: Json): value is readonly Json[] => Array.isArray(value);

/**
 * Sidecars merged from the top of the dataset downwards: the lower one's value replaces the upper one's, key by key.
 */
export const mergeMetadata = (fromTop: Iterable<JsonObject>): JsonObject => {
  let merged: JsonObject = {};
  // Spreading defines members, whatever they are called, and never calls a setter.
  for (const sidecar of fromTop) merged = { ...merged, ...sidecar };
  return merged;
};
