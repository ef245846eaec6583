import swagger from "@fastify/swagger";
import { findInexactInteger } from "@rollerblade/abids";
import { apiSchemas } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { createRegistry, type Logger, type Registry } from "@rollerblade/telemetry";
import { fastify } from "fastify";
import {
  createJsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { answerBrokenRequest } from "./answer-broken-request.ts";
import { answerErrors } from "./answer-errors.ts";
import type { Http } from "./http.ts";
import { jsonSchemaSettings } from "./json-schemas.ts";
import { type BodyTimes, limitBodies } from "./limit-bodies.ts";
import { observeRequests } from "./observe-requests.ts";
import { refuseUnfitInput } from "./refuse-unfit-input.ts";
import { recordRequests } from "./request-record.ts";
import { endTurn, takeTurn } from "./request-turns.ts";
import { secureHeaders } from "./security-headers.ts";
import { addUsedSchemas } from "./used-schemas.ts";

/** What a server says of itself. */
export type HttpParts = {
  readonly service: string;
  readonly log: Logger;
  readonly registry?: Registry;
  /** Proxies whose `X-Forwarded-For` is believed, as addresses and CIDR ranges. @default none */
  readonly trustedProxies?: readonly string[];
  /** @default 30 s for a JSON body */
  readonly bodyTimes?: BodyTimes;
};

/**
 * Largest JSON body, in bytes: parsing it takes some 20 ms, in which nobody else is answered. A route may ask for another. Bodies of other
 * types are streams and have no limit here.
 */
const bodyLimit = 1024 * 1024;

/**
 * A server with everything but routes: traces, metrics, errors as `{error}`, limits, and its OpenAPI document at
 * `/openapi.json`. A body that is not JSON reaches its handler as a stream.
 */
export const createHttp = async ({
  service,
  log,
  registry = createRegistry(service),
  trustedProxies = [],
  bodyTimes,
}: HttpParts): Promise<Http> => {
  const http: Http = fastify({
    bodyLimit,
    logger: false,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: true },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // How long a body may take depends on what it is: see `limitBodies`.
    http: { headersTimeout: 30_000, requestTimeout: 0 },
  }).withTypeProvider<ZodTypeProvider>();
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(serializerCompiler);
  readExactJson(http);
  http.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  answerErrors(http, log);
  observeRequests(http, { service, registry, log });
  recordRequests(http, service);
  await secureHeaders(http);
  limitBodies(http, bodyTimes);
  refuseUnfitInput(http);
  await http.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: `Rollerblade ${service}`, version: "1" },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
    transform: createJsonSchemaTransform({ schemaRegistry: apiSchemas, zodToJsonConfig: jsonSchemaSettings }),
    transformObject: addUsedSchemas,
  });
  http.get("/openapi.json", { schema: { hide: true } }, async () => http.swagger());
  return http;
};

/**
 * Parses JSON when it is the sender's turn. It refuses whole numbers beyond 2^53: as numbers they would be other ones, for example as
 * parameters of a run.
 */
const readExactJson = (http: Http): void => {
  const parse = http.getDefaultJsonParser("error", "error");
  http.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = String(body);
    const read = (): void => {
      const inexact = findInexactInteger(text);
      if (inexact === null) parse(request, text, done);
      else done(inexactNumber(inexact));
    };
    takeTurn(request, text.length).then(read, (error: Error) => done(error));
  });
  http.addHook("onResponse", async (request) => endTurn(request));
};

const inexactNumber = (inexact: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The whole number ${inexact.slice(0, 100)} is beyond 2^53 and would lose digits.`,
    next: "Write it as a text, in quotes.",
  });
