import { randomUUID } from "node:crypto";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import { isFixedPath, methodsAt, problemMediaType, writeProblem } from "@rollerblade/client";
import { isOutage, isUnfitValue } from "@rollerblade/database";
import { type Finding, Problem, problemCodeOf } from "@rollerblade/errors";
import type { Logger } from "@rollerblade/telemetry";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Http } from "./http.ts";

/**
 * Every error leaves as a problem document (RFC 9457); what nobody foresaw is logged under an id, and the caller receives only the id.
 */
export const answerErrors = (http: Http, log: Logger): void => {
  http.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error);
    if (problem !== undefined) return sendProblem(request, reply, problem);
    const id = randomUUID();
    log.error({ err: error, id, method: request.method, url: request.url }, "a request failed");
    return sendProblem(request, reply, unforeseen(id));
  });
  // Node reads methods that no route here takes (TRACE, QUERY), and a proxy would pass them on; and a fixed path could be taken for a parameter.
  http.addHook("onRequest", async (request, reply) => {
    const path = pathOf(request);
    const isParameter = isFixedPath(path) && request.routeOptions.url?.includes(":") === true;
    if (isParameter || !routedMethods.includes(request.method)) return refuseMethod(request, reply);
  });
  http.setNotFoundHandler(async (request, reply) => {
    const refused = refuseMethod(request, reply);
    if (refused !== undefined) return refused;
    const message = `There is nothing at ${request.method} ${pathOf(request)}.`;
    return sendProblem(request, reply, new Problem({ code: "not-found", message, next: "See /docs for all routes." }));
  });
};

const routedMethods: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Answers 405 for a path of the API that takes other methods (RFC 9110, section 15.5.6). */
const refuseMethod = (request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined => {
  const methods = methodsAt(pathOf(request));
  if (methods.length === 0 || methods.includes(request.method)) return undefined;
  reply.header("allow", methods.join(", "));
  const message = `${pathOf(request)} does not take ${request.method}.`;
  return sendProblem(
    request,
    reply,
    new Problem({ code: "method-not-allowed", message, next: `It takes ${methods.join(", ")}.` }),
  );
};

const sendProblem = (request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply => {
  if (problem.retryAfterSeconds !== undefined) reply.header("retry-after", problem.retryAfterSeconds);
  // RFC 9110, section 15.5.2: whoever needs a token is told of what kind.
  if (problem.code === "unauthenticated") reply.header("www-authenticate", "Bearer");
  const document = writeProblem(problem, pathOf(request));
  return reply.code(document.status).type(problemMediaType).serializer(JSON.stringify).send(document);
};

/** The path alone: a query may hold a signature. */
const pathOf = ({ url }: FastifyRequest): string => url.split("?")[0] ?? url;

/**
 * What the caller may learn of an error, or undefined when it is ours. An error of a schema is ours: what a caller sends is read by `parseInput`,
 * and whatever else does not fit its schema (a row, an answer) is no fault of theirs.
 */
const problemOf = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error.code === "internal" ? undefined : error;
  if (isOutage(error)) return outage(error);
  if (isUnfitValue(error)) return unfitValue(error);
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") return undefined;
  if (error.statusCode === 503) return slow();
  if (error.statusCode >= 500) return undefined;
  return new Problem({ code: problemCodeOf(error.statusCode), message: sentence(error.message) });
};

const outage = (cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: "A part of Rollerblade does not answer at the moment.",
      next: "Try again in a few seconds.",
    },
    { cause },
  );

/** A value that passed its schema, and which PostgreSQL cannot take for what it is compared with: a cursor that is not an id. */
const unfitValue = (cause: Error): Problem =>
  new Problem(
    {
      code: "invalid",
      message: `A value of the request cannot be used: ${cause.message.slice(0, 200)}.`,
      next: "Correct it; a cursor (`after`) is what the page before gave as `next`.",
    },
    { cause },
  );

/** Reads a part of a request. @throws Problem `invalid` that says what is wrong with it, and where */
export const parseInput = <S extends z.ZodType>(schema: S, value: unknown, part: string): z.output<S> => {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidInput(parsed.error, part, schema);
  return parsed.data;
};

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

const unforeseen = (id: string): Problem =>
  new Problem({
    code: "internal",
    message: `Something went wrong in Rollerblade; it is logged under ${id}.`,
    subject: id,
    next: "Try again; if it stays, give this id to whoever runs Rollerblade.",
  });

const slow = (): Problem =>
  new Problem({
    code: "unavailable",
    message: "This took longer than is allowed.",
    next: "Try again, or ask for less at once.",
  });

const sentence = (text: string): string => (text.endsWith(".") ? text : `${text}.`);
