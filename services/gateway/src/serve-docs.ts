import swaggerUi from "@fastify/swagger-ui";
import type { ServiceContext } from "@rollerblade/service-kit";
import { servicesBehind } from "./forwarded-prefixes.ts";
import { mergeOpenApi, type OpenApi, openApi } from "./merge-openapi.ts";

/** Milliseconds that a service may take to describe itself. */
const patience = 3_000;

/** `/openapi.json` of all services, and `/docs` to read and try it, with no file from elsewhere. */
export const serveDocs = async (context: ServiceContext): Promise<void> => {
  const { http } = context;
  // The kit serves each service's own description at this path; here it is everybody's.
  http.addHook("preHandler", async (request, reply) => {
    const path = request.routeOptions.url;
    if (path === "/openapi.json" || path === "/docs/json") return reply.send(await describeAll(context));
  });
  await http.register(swaggerUi, {
    routePrefix: "/docs",
    uiConfig: { docExpansion: "none", persistAuthorization: false, tryItOutEnabled: true },
    staticCSP:
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'",
  });
};

/** A service that does not answer is missing from the document, and everything else is there. */
const describeAll = async ({ http, settings, peerUrl, log }: ServiceContext) => {
  const described = servicesBehind.map(async (service): Promise<OpenApi> => {
    try {
      const response = await fetch(new URL("/openapi.json", peerUrl(service)), {
        signal: AbortSignal.timeout(patience),
      });
      return openApi.parse(await response.json());
    } catch (error) {
      log.warn({ err: error, service }, `${service} does not describe itself`);
      return {};
    }
  });
  return mergeOpenApi([...(await Promise.all(described)), openApi.parse(http.swagger())], settings.publicUrl);
};
