import type { SwaggerTransformObject } from "@fastify/swagger";
import { apiSchemas } from "@rollerblade/client";
import { createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { conditionResponses, withConditions } from "./describe-conditions.ts";
import { errorResponses, withErrors } from "./describe-errors.ts";
import { withExamples } from "./describe-examples.ts";
import { withDescribedFields, withDescribedParameters } from "./describe-fields.ts";
import { jsonSchemaSettings } from "./json-schemas.ts";
import { withNullableTypes } from "./nullable-types.ts";

const describeSchemas = createJsonSchemaTransformObject({
  schemaRegistry: apiSchemas,
  zodToJsonConfig: jsonSchemaSettings,
});

/**
 * Declares the errors of each operation, describes fields and gives examples, and adds the named schemas to an OpenAPI document: those that its operations refer to, directly or through one another, in the order
 * of their names. The registry holds the schemas of all services, each as input and as output.
 */
export const addUsedSchemas: SwaggerTransformObject = (document) => {
  const described: Readonly<Record<string, unknown>> = Object(
    withDescribedFields(withNullableTypes(describeSchemas(document))),
  );
  const components = Object(described.components);
  const schemas: Readonly<Record<string, unknown>> = Object(components.schemas);
  const used = new Set<string>();
  const follow = (part: unknown): void => {
    for (const name of namesIn(part)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name]);
    }
  };
  const paths = Object.fromEntries(
    Object.entries(Object(described.paths)).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(Object(operations)).map(([method, operation]) => [
          method,
          withExamples(withDescribedParameters(withErrors(withConditions(Object(operation), method), path)), schemas),
        ]),
      ),
    ]),
  );
  follow(paths);
  const responses = { ...errorResponses, ...conditionResponses };
  follow(responses);
  const kept = Object.fromEntries(
    [...used].sort().map((name) => [name, name.endsWith("Input") ? schemas[name] : withoutClosing(schemas[name])]),
  );
  return { ...described, paths, components: { ...components, schemas: kept, responses } };
};

/** Answers may have further fields in a later version, so their objects are not closed. */
const withoutClosing = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema), (key: string, value: unknown) =>
    key === "additionalProperties" && value === false ? undefined : value,
  );

/** Names in the references of some JSON. */
const namesIn = (part: unknown): string[] =>
  [...(JSON.stringify(part) ?? "").matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name = ""]) => name);
