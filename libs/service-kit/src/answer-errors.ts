import { randomUUID } from "node:crypto";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import { isOutage, isUnfitValue } from "@rollerblade/database";
import { type Finding, Problem, type ProblemCode } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";
import { z } from "zod";
import type { Http } from "./http.ts";

const statuses = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  cancelled: 409,
  "too-large": 413,
  "too-many-requests": 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<ProblemCode, number>;

/** The HTTP status of a problem. */
export const statusOf = (code: ProblemCode): number => statuses[code];

/** Every error leaves as `{error}`; what nobody foresaw is logged under an id, and the caller receives only the id. */
export const answerErrors = (http: Http, log: Logger): void => {
  http.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error);
    if (problem !== undefined) {
      if (problem.retryAfterSeconds !== undefined) reply.header("retry-after", problem.retryAfterSeconds);
      return reply.code(statusOf(problem.code)).send({ error: problem.body() });
    }
    const id = randomUUID();
    log.error({ err: error, id, method: request.method, url: request.url }, "a request failed");
    return reply.code(500).send({ error: unforeseen(id) });
  });
  http.setNotFoundHandler(async (request, reply) => {
    const message = `There is nothing at ${request.method} ${request.url.split("?")[0]}.`;
    return reply.code(404).send({ error: { code: "not-found", message, next: "See /docs for all routes." } });
  });
};

/** What the caller may learn of an error, or undefined when it is ours. */
const problemOf = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error.code === "internal" ? undefined : error;
  if (error instanceof z.ZodError) return invalidInput(error);
  if (isOutage(error)) return outage(error);
  if (isUnfitValue(error)) return unfitValue(error);
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") return undefined;
  if (error.statusCode === 503) return slow();
  if (error.statusCode >= 500) return undefined;
  return new Problem({ code: codeOf(error.statusCode), message: sentence(error.message) });
};

const outage = (cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: "A part of Rollerblade is away for a moment.",
      next: "Try again in a few seconds.",
    },
    { cause },
  );

/** A value that passed its schema, and which PostgreSQL cannot take for what it is compared with: a cursor that is no id. */
const unfitValue = (cause: Error): Problem =>
  new Problem(
    {
      code: "invalid",
      message: `A value of the request cannot be used: ${cause.message.slice(0, 200)}.`,
      next: "Correct it; a cursor (`after`) is what the page before gave as `next`.",
    },
    { cause },
  );

/** The findings of zod, each with the place in the request; an unknown key with the nearest ones of the schema. */
export const invalidInput = (error: z.ZodError, part = "request", schema?: z.ZodType): Problem => {
  const findings = error.issues.flatMap((issue) => findingsOf(issue, part, schema));
  const [first] = findings;
  return new Problem({
    code: "invalid",
    message: sentence(`${first?.where ?? part}: ${first?.message ?? "is not valid"}`),
    subject: first?.where,
    findings,
  });
};

const findingsOf = (issue: z.core.$ZodIssue, part: string, schema: z.ZodType | undefined): Finding[] => {
  const where = [part, ...issue.path].join(".");
  if (issue.code !== "unrecognized_keys") return [{ where, message: issue.message }];
  const known = issue.path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const choice = known.length === 0 ? "" : `; known are ${known.join(", ")}`;
  return issue.keys.map((key) => ({
    where: `${where}.${key.slice(0, 100)}`,
    message: `is not known here${didYouMean(key, known) || choice}`,
  }));
};

const unforeseen = (id: string): object => ({
  code: "internal",
  message: `Something went wrong in Rollerblade; it is logged under ${id}.`,
  subject: id,
  next: "Try again; if it stays, give this id to whoever runs Rollerblade.",
});

const slow = (): Problem =>
  new Problem({
    code: "unavailable",
    message: "This took longer than it may.",
    next: "Try again, or ask for less at once.",
  });

const codeOf = (status: number): ProblemCode => {
  if (status === 413) return "too-large";
  if (status === 429) return "too-many-requests";
  if (status === 404) return "not-found";
  if (status === 401) return "unauthenticated";
  return status === 403 ? "forbidden" : "invalid";
};

const sentence = (text: string): string => (text.endsWith(".") ? text : `${text}.`);
