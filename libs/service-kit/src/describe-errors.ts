import { problemMediaType, writeProblem } from "@rollerblade/client";
import { Problem, type ProblemCode, problemTypes, statusOf } from "@rollerblade/errors";

/** An operation of an OpenAPI document, as far as it decides which errors are to be expected. */
type Operation = {
  readonly parameters?: readonly unknown[];
  readonly security?: readonly unknown[];
  readonly responses?: Readonly<Record<string, unknown>>;
};

/** Examples of the errors that are declared by their status; any other problem is `default`. */
const examples = {
  invalid: {
    message: "query.limit: Too big: expected number to be <=1000.",
    subject: "query.limit",
    findings: [{ where: "query.limit", message: "Too big: expected number to be <=1000" }],
  },
  unauthenticated: { message: "This token is not valid.", next: "Sign in, or make a new token." },
  forbidden: {
    message: "You may read brains, and not change it.",
    subject: "brains",
    next: "Ask its owner for a grant.",
  },
  "not-found": { message: 'There is no dataset "brains".', subject: "brains", next: "GET /v1/datasets lists yours." },
} as const;

const names = {
  invalid: "Invalid",
  unauthenticated: "Unauthenticated",
  forbidden: "Forbidden",
  "not-found": "NotFound",
} as const satisfies Record<keyof typeof examples, string>;

const reference = (name: string) => ({ $ref: `#/components/responses/${name}` });

const schema = { $ref: "#/components/schemas/Problem" } as const;

const declared = (code: keyof typeof examples) => {
  const example = writeProblem(new Problem({ code, ...examples[code] }), "/v1/datasets/brains");
  return { description: `${problemTypes[code].title}.`, content: { [problemMediaType]: { schema, example } } };
};

/** `components.responses`: what the operations refer to. */
export const errorResponses: Readonly<Record<string, unknown>> = {
  [names.invalid]: declared("invalid"),
  [names.unauthenticated]: declared("unauthenticated"),
  [names.forbidden]: declared("forbidden"),
  [names["not-found"]]: declared("not-found"),
  Problem: {
    description: "Any other problem: its `code` says which, and `status` repeats the status.",
    headers: {
      "Retry-After": {
        description: "Of 429: seconds after which the same request may pass.",
        schema: { type: "integer" },
      },
    },
    content: { [problemMediaType]: { schema } },
  },
};

/**
 * Declares the errors of an operation: 400 where something is sent, 401 and 403 where a token is needed, 404 where the path names
 * something, and `default` for every other problem.
 */
export const withErrors = <O extends Operation>(operation: O, path: string): O => {
  const codes: (ProblemCode & keyof typeof names)[] = ["invalid"];
  if (operation.security !== undefined) codes.push("unauthenticated", "forbidden");
  if (path.includes("{") || operation.parameters?.length) codes.push("not-found");
  const errors = codes.map((code) => [statusOf(code), reference(names[code])] as const);
  return {
    ...operation,
    responses: { ...operation.responses, ...Object.fromEntries(errors), default: reference("Problem") },
  };
};
