import proxy from "@fastify/http-proxy";
import { Problem } from "@rollerblade/errors";
import { addressHeader, type ServiceContext } from "@rollerblade/service-kit";
import { injectTrace } from "@rollerblade/telemetry";
import { detachBody } from "./detach-body.ts";
import { forwardedPrefixes } from "./forwarded-prefixes.ts";

/** Milliseconds until a service must have begun its answer: longer than any of its own limits. */
const answerWithin = 15 * 60_000;

/** Hands requests on by their prefix: bodies and answers are streams both ways, and the trace goes along. */
export const forward = async (context: ServiceContext): Promise<void> => {
  await context.http.register(async (http) => {
    // Bodies are not read here, whatever their type.
    http.removeAllContentTypeParsers();
    http.addContentTypeParser("*", (_request, payload, done) => done(null, detachBody(payload)));
    // The services describe these routes themselves.
    http.addHook("onRoute", (route) => {
      route.schema = { hide: true };
      // What a token must let its user do is asked there as well.
      route.config = { ...route.config, scope: "read" };
    });
    // Who has no token does not get a single byte through.
    http.addHook("onRequest", async (request) => void (await context.authenticate(request)));
    // The service has begun its answer, so we do, too, whenever the rest of it comes.
    http.addHook("onRequest", async (_request, reply) => void reply.raw.once("pipe", () => reply.raw.flushHeaders()));
    for (const [prefix, service] of Object.entries(forwardedPrefixes)) {
      await http.register(proxy, {
        upstream: "",
        prefix,
        rewritePrefix: prefix,
        proxyPayloads: false,
        undici: { headersTimeout: answerWithin, bodyTimeout: 0, connections: 256 },
        retryMethods: [],
        maxRetriesOn503: 0,
        replyOptions: {
          getUpstream: () => context.peerUrl(service),
          rewriteRequestHeaders: (request, headers) => requestHeaders(headers, request.ip),
          onError: (reply, { error }) => void reply.send(unavailable(service, error)),
        },
      });
    }
  });
};

/** Whether a body is to be sent at all was settled with the caller here; from where they come is not theirs to say. */
const requestHeaders = <Headers extends Record<string, unknown>>(headers: Headers, address: string): Headers => {
  const passed = { ...headers, expect: undefined, [addressHeader]: address };
  const trace: Record<string, string> = {};
  injectTrace((name, value) => {
    trace[name] = value;
  });
  return { ...passed, ...trace };
};

const unavailable = (service: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `The service ${service} does not answer.`,
      subject: service,
      next: "Try again in a moment; GET /v1/status says how the services are.",
    },
    { cause },
  );
