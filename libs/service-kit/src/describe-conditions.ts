/** A parameter of an OpenAPI operation, as far as it decides how the operation may answer. */
type Parameter = { readonly in?: unknown; readonly name?: unknown };

/** An operation of an OpenAPI document. */
type Operation = {
  readonly parameters?: readonly unknown[];
  readonly responses?: Readonly<Record<string, unknown>>;
};

const etag = {
  description: "Names this answer: for `If-None-Match` when it is read again, and `If-Match` when it is changed.",
  schema: { type: "string" },
} as const;

const replayed = {
  description: "`true` when the change had been made before, under the same `Idempotency-Key`.",
  schema: { type: "string" },
} as const;

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

/** `components.responses` of conditional requests. */
export const conditionResponses: Readonly<Record<string, unknown>> = {
  NotModified: { description: "What the caller has already, by its `ETag`.", headers: { ETag: etag } },
  PreconditionFailed: problem("It has changed since it was read, or already exists."),
  KeyReused: problem("The `Idempotency-Key` came with another request before."),
};

const reference = (name: string) => ({ $ref: `#/components/responses/${name}` });

/**
 * Declares what follows from the headers that an operation takes: 304 and `ETag` with `If-None-Match`, 412 with `If-Match`, 422 with
 * `Idempotency-Key`.
 */
export const withConditions = <O extends Operation>(operation: O, method: string): O => {
  const headers = new Set(
    (operation.parameters ?? []).flatMap((one) => {
      const { in: place, name }: Parameter = Object(one);
      return place === "header" && typeof name === "string" ? [name.toLowerCase()] : [];
    }),
  );
  const isRead = method === "get";
  const tagged = headers.has("if-match") || (isRead && headers.has("if-none-match"));
  const answers = Object.fromEntries(
    Object.entries(operation.responses ?? {}).map(([status, response]) => {
      const more = {
        ...(tagged && status === "200" ? { ETag: etag } : {}),
        ...(headers.has("idempotency-key") && status.startsWith("2") ? { "Idempotency-Replayed": replayed } : {}),
      };
      return [status, Object.keys(more).length === 0 ? response : { ...Object(response), headers: more }];
    }),
  );
  return {
    ...operation,
    responses: {
      ...answers,
      ...(isRead && tagged ? { 304: reference("NotModified") } : {}),
      ...(headers.has("if-match") ? { 412: reference("PreconditionFailed") } : {}),
      ...(headers.has("idempotency-key") ? { 422: reference("KeyReused") } : {}),
    },
  };
};
