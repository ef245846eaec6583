import { z } from "zod";

/** Any JSON value. */
export const json = z.json();
// Described as itself, it would be a schema that refers to itself, which generators of clients turn into a class.
json._zod.toJSONSchema = () => ({});

/** A JSON object whose values are checked to be JSON. */
export const jsonRecord = z.record(z.string(), json);
