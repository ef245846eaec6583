import { metadataFields } from "./schema-rules/content-rules.ts";
import { faultOfValue } from "./schema-rules/value-fault.ts";

/**
 * What is wrong with the value of a metadata field, in words that follow on its name: `is "2", but must be a number (s)`. Null for a
 * field that BIDS does not define, and for one of several definitions of a name that lets the value through.
 */
export const faultOfMetadata = (name: string, value: unknown): string | null => {
  const definitions = [...metadataFields].filter(([key]) => key.split("__")[0] === name).map(([, schema]) => schema);
  const faults = definitions.map((schema) => faultOfValue(schema, value));
  return faults.includes(null) ? null : (faults[0] ?? null);
};
