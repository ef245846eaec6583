import { globalRegistry, type z } from "zod";

/** What zod hands to an override: a schema, and what it has written of it so far. */
type Written = { readonly zodSchema: z.core.$ZodType; readonly jsonSchema: z.core.JSONSchema.BaseSchema };

/**
 * Completes the JSON schemas of OpenAPI: descriptions, which zod keeps apart from the names of schemas, alternatives without those that allow
 * anything, and answers without content.
 */
const complete = ({ zodSchema, jsonSchema }: Written): void => {
  const { type } = zodSchema._zod.def;
  if (type === "union" && jsonSchema.anyOf !== undefined)
    jsonSchema.anyOf = jsonSchema.anyOf.filter((one) => Object.keys(one).length > 0);
  if (type === "undefined") jsonSchema.type = "null";
  const description = globalRegistry.get(zodSchema)?.description;
  if (description !== undefined) jsonSchema.description = description;
};

/** How JSON schemas are written of the API's schemas. */
export const jsonSchemaSettings = { override: complete } as const;
