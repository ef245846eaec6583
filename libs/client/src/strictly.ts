import { z } from "zod";

const strict = new WeakMap<z.ZodType, z.ZodType>();

/**
 * The schema that refuses keys which it does not name, one for each schema, so that it can have a name. Objects within it are strict where
 * they are declared.
 */
export function strictly<S extends z.ZodType>(schema: S | undefined): S | undefined;
export function strictly(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (!(schema instanceof z.ZodObject) || schema.def.catchall !== undefined) return schema;
  const known = strict.get(schema) ?? schema.strict();
  strict.set(schema, known);
  return known;
}
