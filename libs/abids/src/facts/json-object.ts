import { z } from "zod";
import type { JsonObject } from "../json.ts";

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const custom = z.custom<JsonObject>(isObject, "must be an object");
// A custom schema cannot be described otherwise; OpenAPI documents need it.
custom._zod.toJSONSchema = () => ({ type: "object", additionalProperties: {} });

/**
 * Any JSON object: attributes of a subject, merged metadata. Looks at the outermost level only: what is decoded comes
 * from JSON text, a `jsonb` column or a protobuf `Struct`, none of which can hold anything but JSON, and sidecars can
 * have thousands of values.
 */
export const jsonObjectSchema: z.ZodType<JsonObject, JsonObject> = custom;
