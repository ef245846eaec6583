import type { ServiceContext } from "@rollerblade/service-kit";
import { type FastifyInstance, fastify } from "fastify";
import { servicesBehind } from "./forwarded-prefixes.ts";
import { mergeOpenApi, type OpenApi, openApi } from "./merge-openapi.ts";

/** Milliseconds that a service may take to describe itself. */
const describeTimeoutMs = 3_000;

/** `/openapi.json` of all services, and `/docs` to read and try it, with no file from elsewhere. */
export const serveDocs = async (context: ServiceContext): Promise<void> => {
  const { http } = context;
  // The kit serves each service's own description at this path; here it is everybody's.
  http.addHook("preHandler", async (request, reply) => {
    if (request.routeOptions.url === "/openapi.json") return reply.send(await describeAll(context));
  });
  let pages: Promise<FastifyInstance> | undefined;
  for (const url of ["/docs", "/docs/*"])
    http.get(url, { schema: { hide: true } }, async (request, reply) => {
      pages ??= openPages();
      const page = await (await pages).inject({ url: request.url, headers: { host: request.host } });
      return reply.code(page.statusCode).headers(page.headers).send(page.rawPayload);
    });
  http.get("/docs/json", { schema: { hide: true } }, () => describeAll(context));
  http.addHook("onClose", async () => void (await (await pages)?.close()));
};

/** Swagger UI as a server without a port, made when somebody first opens the page: a gateway at rest has no use for it. */
const openPages = async (): Promise<FastifyInstance> => {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import("@fastify/swagger"),
    import("@fastify/swagger-ui"),
  ]);
  const pages = fastify();
  await pages.register(swagger);
  await pages.register(swaggerUi, {
    routePrefix: "/docs",
    uiConfig: { docExpansion: "none", persistAuthorization: false, tryItOutEnabled: true },
    staticCSP:
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'",
  });
  return pages;
};

/** A service that does not answer is missing from the document, and everything else is there. */
const describeAll = async ({ http, settings, peerUrl, log }: ServiceContext) => {
  const described = servicesBehind.map(async (service): Promise<OpenApi> => {
    try {
      const response = await fetch(new URL("/openapi.json", peerUrl(service)), {
        signal: AbortSignal.timeout(describeTimeoutMs),
      });
      return openApi.parse(await response.json());
    } catch (error) {
      log.warn({ err: error, service }, `${service} does not describe itself`);
      return {};
    }
  });
  return mergeOpenApi([...(await Promise.all(described)), openApi.parse(http.swagger())], settings.publicUrl);
};
