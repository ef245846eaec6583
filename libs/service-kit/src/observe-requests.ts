import { SpanStatusCode } from "@opentelemetry/api";
import {
  type Context,
  contextOf,
  durations,
  extractTrace,
  type Logger,
  type Registry,
  type Span,
  startSpan,
  withContext,
  withoutLabels,
} from "@rollerblade/telemetry";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Http } from "./http.ts";

type Observed = { readonly span: Span; readonly context: Context };

/** Where what is observed of requests goes. */
export type Observers = { readonly service: string; readonly registry: Registry; readonly log: Logger };

const observed = new WeakMap<FastifyRequest, Observed>();

/** The context of a request's span; handlers run in it. */
const contextOfRequest = (request: FastifyRequest): Context | undefined => observed.get(request)?.context;

/**
 * One server span, one duration and one line of the log a request; probes and metrics are not observed. The log names the route and not
 * the path, which holds names of subjects. What was answered well is logged on the level `debug` alone.
 */
export const observeRequests = (http: Http, { service, registry, log }: Observers): void => {
  const seconds = durations(registry, "rollerblade_http_request_seconds", "Duration of HTTP requests", [
    "method",
    "route",
    "status",
  ]);
  http.addHook("onRequest", (request, reply, done) => {
    if (isProbe(request.url)) return done();
    const { context, span } = begin(request, service);
    reply.raw.once("close", () => finish(span, request, reply));
    return withContext(context, done);
  });
  // Reading a body leaves the asynchronous context of the hook above, so it is entered again.
  http.addHook("preValidation", (request, _reply, done) => {
    const context = contextOfRequest(request);
    return context === undefined ? done() : withContext(context, done);
  });
  http.addHook("onResponse", async (request, reply) => {
    if (isProbe(request.url)) return;
    const labels = { method: request.method, route: routeOf(request), status: String(reply.statusCode) };
    seconds.observe(labels, reply.elapsedTime / 1000);
    const line = { ...labels, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    if (reply.statusCode >= 400) log.info(line, "a request was refused");
    else log.debug(line, "a request was answered");
  });
};

const begin = (request: FastifyRequest, service: string): Observed => {
  const parent = extractTrace((name) => single(request.headers[name]));
  const attributes = {
    "service.name": service,
    "http.request.method": request.method,
    "http.route": routeOf(request),
    "url.path": withoutLabels(pathOf(request)),
  };
  const span = startSpan(`${request.method} ${routeOf(request)}`, { kind: "server", parent, attributes });
  const found = { span, context: contextOf(span, parent) };
  observed.set(request, found);
  return found;
};

const finish = (span: Span, request: FastifyRequest, reply: FastifyReply): void => {
  span.setAttribute("http.response.status_code", reply.statusCode);
  if (!reply.raw.writableFinished) span.setAttribute("error.type", "aborted");
  if (reply.statusCode >= 500)
    span.setStatus({ code: SpanStatusCode.ERROR, message: `${request.method} ${routeOf(request)}` });
  span.end();
};

const isProbe = (url: string): boolean => /^\/(healthz|readyz|metrics)$/.test(url);

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? "unknown";

const pathOf = (request: FastifyRequest): string => request.url.split("?")[0] ?? "";

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
