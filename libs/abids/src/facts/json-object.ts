import { z } from "zod";
import type { Json, JsonObject } from "../json.ts";

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

const anyJson = z.custom<Json>((value) => value !== undefined, "must be a value");
anyJson._zod.toJSONSchema = () => ({});

/** Any JSON value, looked at as little as {@link jsonObjectSchema} looks into an object. */
export const jsonValueSchema: z.ZodType<Json, Json> = anyJson;
