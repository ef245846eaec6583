import { exampleOf } from "./example-of.ts";

type Json = Readonly<Record<string, unknown>>;

/** An operation of an OpenAPI document, as far as it has examples. */
type Operation = {
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly responses?: Json;
};

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A body with an example, where it is JSON. */
const withExample = (body: unknown, schemas: Json): unknown => {
  if (!isObject(body) || !isObject(body.content)) return body;
  const json = body.content["application/json"];
  if (!isObject(json) || !isObject(json.schema)) return body;
  const example = exampleOf(json.schema, schemas);
  return { ...body, content: { ...body.content, "application/json": { ...json, example } } };
};

/** Parameters that a request must have; of others the example would be one of many. */
const parameterWithExample = (parameter: unknown, schemas: Json): unknown =>
  isObject(parameter) && parameter.required === true && typeof parameter.name === "string"
    ? { ...parameter, example: exampleOf(parameter.schema, schemas, parameter.name) }
    : parameter;

/** Adds examples to an operation: of what it is sent, and of what it answers when that succeeds. */
export const withExamples = <O extends Operation>(operation: O, schemas: Json): O => ({
  ...operation,
  ...(operation.parameters !== undefined && {
    parameters: operation.parameters.map((one) => parameterWithExample(one, schemas)),
  }),
  ...(operation.requestBody !== undefined && { requestBody: withExample(operation.requestBody, schemas) }),
  responses: Object.fromEntries(
    Object.entries(operation.responses ?? {}).map(([status, response]) => [
      status,
      status.startsWith("2") ? withExample(response, schemas) : response,
    ]),
  ),
});
