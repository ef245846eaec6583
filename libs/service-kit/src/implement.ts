import {
  idempotencyKeyParameter,
  ifAbsentParameter,
  ifMatchParameter,
  ifNoneMatchParameter,
  operationId,
  type Route,
  strictly,
  takesIdempotencyKey,
} from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { FastifyContextConfig, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import { z } from "zod";
import { parseInput } from "./answer-errors.ts";
import { isPaged, withOpenCursor, withSealedCursor } from "./cursors.ts";
import { describeOperation } from "./describe-operation.ts";
import { etagOf, isConditional, isKnown, type Precondition, requireConditions } from "./preconditions.ts";
import { nobody, type Principal } from "./principal.ts";
import { currentRequest, noteDatasetsOf } from "./request-record.ts";
import { endTurnOfBody, rememberPerson } from "./request-turns.ts";
import type { ServiceContext } from "./service-context.ts";

/** What a handler is given: the parsed parts of the request, and who asks. */
export type Handled<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
  /** `nobody` on an open route. */
  readonly principal: Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/** What implementing routes needs of a service. */
export type RouteContext = Pick<ServiceContext, "http" | "name" | "authenticate">;

/** The limit of bodies that carry one part of a long list, such as the files of a dataset. */
export const listBodyBytes = 16 * 1024 * 1024;

/** Exceptions that a route may ask for. */
export type ImplementOptions<Handling = never> = {
  /** Lets everybody in, without a token. @default false */
  readonly open?: boolean;
  /** Largest body in bytes. @default 1 MiB */
  readonly bodyLimit?: number;
  /** Whether handling it keeps the event loop busy, as reading a manifest does: requests of one person then take turns. @default false */
  readonly expensive?: boolean;
  /** Longest time to the answer in milliseconds. @default what the route declares, else 60000 */
  readonly timeout?: number;
  /** Whether texts may hold NUL, because the handler replaces it: they were written by programs, or are names of files. @default false */
  readonly allowsNul?: boolean;
  /** Leaves the route out of the OpenAPI document, as one that services call among themselves. @default false */
  readonly hidden?: boolean;
  /** Lets a change be sent with `If-Match`. @default it is made whatever is there */
  readonly precondition?: Precondition<Handling>;
};

/**
 * Registers the handler of a declared route: reads the token, checks every part against its schema, and answers with what the
 * schema of the response lets through. A key of the body or the query that the route does not know is an error: ignoring a
 * misspelled condition would answer another question. A handler may also send by itself and return the reply. An `undefined` response is 204.
 */
export const implement = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  { http, name, authenticate }: RouteContext,
  route: Route<P, Q, B, R>,
  handler: (handled: Handled<P, Q, B>) => Promise<z.input<R> | FastifyReply> | z.input<R> | FastifyReply,
  options: ImplementOptions<Handled<P, Q, B>> = {},
): void => {
  const { precondition } = options;
  const paged = isPaged(route);
  http.route({
    method: route.method,
    url: route.path,
    handlerTimeout: options.timeout ?? route.timeoutMs ?? 60_000,
    ...(options.bodyLimit === undefined ? {} : { bodyLimit: options.bodyLimit }),
    schema: describe(route, name, options),
    config: {
      allowsNul: options.allowsNul === true,
      expensive: options.expensive === true,
      takesIdempotencyKey: options.open !== true && takesIdempotencyKey(route),
      ...scopeOf(route, options),
    },
    // The parts are parsed below, once, where their types are known.
    validatorCompiler: () => () => true,
    serializerCompiler: () => (answer) => JSON.stringify(answer),
    // Of whoever has no token not a byte of the body is read.
    ...(options.open !== true && {
      onRequest: async (request) => rememberPerson(request, (await authenticate(request)).name),
    }),
    handler: async (request, reply) => {
      const principal = options.open === true ? nobody : await authenticate(request);
      const record = currentRequest();
      if (record !== undefined) record.operation = operationId(route) ?? null;
      const params = parse(route.params, request.params, "params");
      const query = parse(strictly(route.query), paged ? withOpenCursor(route, request.query) : request.query, "query");
      const body = parse(strictly(route.body), paged ? withOpenCursor(route, request.body) : request.body, "body");
      if (route.bodyType === "multipart/form-data") requireForm(request);
      endTurnOfBody(request);
      for (const part of [params, query, body]) noteDatasetsOf(part);
      const handled = { params, query, body, principal, request, reply };
      const carryOut = async (): Promise<z.input<R> | FastifyReply> => {
        if (precondition !== undefined && isConditional(request))
          requireConditions(request, await currentTag(precondition.read, () => precondition.current(handled)));
        return handler(handled);
      };
      const answer =
        precondition === undefined
          ? await carryOut()
          : await precondition.exclusively(`change ${JSON.stringify([route.path, params])}`, carryOut);
      if (answer === reply || reply.sent) return reply;
      if (answer === undefined) return reply.code(204).send();
      noteDatasetsOf(answer);
      const parsed = answerOf(route, answer);
      const json = JSON.stringify(paged ? withSealedCursor(route, parsed) : parsed);
      return sendJson(request, reply, json, precondition !== undefined);
    },
  });
};

/** What a token must let its user do; where none is asked for, one that came all the same makes no difference, whatever its scope. */
const scopeOf = ({ scope, wholeAccount = false }: Route, { open = false }: DescribedOptions): FastifyContextConfig => {
  if (open) return { scope: "read" };
  return { ...(scope === undefined ? {} : { scope }), wholeAccount };
};

/** What an answer becomes by its schema. @throws Error, which is logged and answered with 500, where it is not what the route declares */
const answerOf = <R extends z.ZodType>(
  { method, path, response }: Route<z.ZodType, z.ZodType, z.ZodType, R>,
  answer: unknown,
): z.output<R> => {
  const parsed = response.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Error(`The answer of ${method} ${path} is not what its schema says.`, { cause: parsed.error });
};

/** The entity tag of what is there now, as GET answers it; null where nothing is. */
const currentTag = async (route: Route, current: () => Promise<unknown>): Promise<string | null> => {
  try {
    return etagOf(JSON.stringify(answerOf(route, await current())));
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return null;
    throw error;
  }
};

/** Sends an answer with its entity tag where it is what GET answers; 304 to whoever has it already. */
const sendJson = (request: FastifyRequest, reply: FastifyReply, json: string, isResource: boolean): FastifyReply => {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead || isResource) {
    const etag = etagOf(json);
    reply.header("etag", etag);
    if (isRead && isKnown(request, etag)) return reply.code(304).send();
  }
  return reply.type("application/json; charset=utf-8").serializer(String).send(json);
};

/** Headers by which a request is made once, or only if nothing has changed. */
const describedHeaders = (route: Route, options: DescribedOptions): FastifySchema => {
  if (options.open === true) return {};
  const isRead = route.method === "GET";
  if (isRead && (route.responseType !== undefined || answersNothing(route.response))) return {};
  const conditional = options.precondition !== undefined;
  return {
    headers: z.object({
      ...(isRead ? { "if-none-match": ifNoneMatchParameter.optional() } : {}),
      ...(conditional ? { "if-match": ifMatchParameter.optional() } : {}),
      ...(conditional && route.method === "PUT" ? { "if-none-match": ifAbsentParameter.optional() } : {}),
      ...(takesIdempotencyKey(route) ? { "idempotency-key": idempotencyKeyParameter.optional() } : {}),
    }),
  };
};

type DescribedOptions = Pick<ImplementOptions<unknown>, "hidden" | "open" | "timeout"> & {
  readonly precondition?: object | undefined;
};

const describe = (route: Route, service: string, options: DescribedOptions): FastifySchema => ({
  ...(options.hidden === true ? { hide: true } : {}),
  ...describedName(route),
  summary: route.summary,
  description: describeOperation(route, {
    ...(options.open !== undefined && { open: options.open }),
    isConditional: options.precondition !== undefined,
    maxMs: options.timeout ?? route.timeoutMs ?? 0,
  }),
  tags: [service],
  ...describedHeaders(route, options),
  ...(route.params === undefined ? {} : { params: route.params }),
  ...(route.query === undefined ? {} : { querystring: strictly(route.query) }),
  ...(route.body === undefined ? {} : { body: strictly(route.body) }),
  ...(route.bodyType === undefined ? {} : { consumes: [route.bodyType], body: streams[route.bodyType] }),
  response: describedResponse(route),
  ...(options.open === true ? {} : { security: [{ token: [] }] }),
});

const describedName = (route: Route): FastifySchema => {
  const name = operationId(route);
  return name === undefined ? {} : { operationId: name };
};

const bytes = z.string();
bytes._zod.toJSONSchema = () => ({ type: "string", format: "binary" });

/** How OpenAPI describes a body that no schema reads: bytes, or a form of files by their paths. */
const streams = {
  "application/octet-stream": bytes,
  "multipart/form-data": z.record(z.string(), bytes),
} as const;

const describedResponse = ({ response, responseType }: Route): object => {
  if (answersNothing(response)) return { 204: z.null().describe("Done.") };
  if (responseType === undefined) return { 200: response };
  const isText = responseType.startsWith("text/");
  const description = isText ? "A stream of text." : "The bytes.";
  return { 200: { description, content: { [responseType]: { schema: isText ? response : bytes } } } };
};

const answersNothing = (response: z.ZodType): boolean =>
  response instanceof z.ZodUndefined || response instanceof z.ZodVoid;

/** @throws Problem `invalid` for a form whose parts cannot be told apart (RFC 2046, section 5.1.1) */
const requireForm = ({ headers }: FastifyRequest): void => {
  if (/^multipart\/form-data\s*;.*\bboundary=[^;]/i.test(headers["content-type"] ?? "")) return;
  const message = "The body is not a form: its Content-Type is not multipart/form-data with a boundary.";
  throw new Problem({ code: "invalid", message, subject: "body" });
};

function parse<S extends z.ZodType>(schema: S | undefined, value: unknown, part: string): z.output<S>;
function parse(schema: z.ZodType | undefined, value: unknown, part: string): unknown {
  return schema === undefined ? undefined : parseInput(schema, value, part);
}
