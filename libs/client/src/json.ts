import { z } from "zod";

/** Any JSON value. One schema for all routes, so that OpenAPI describes it once. */
export const json = z.json();

/** A JSON object whose values are checked to be JSON. */
export const jsonRecord = z.record(z.string(), json);
