import type { ServiceContext } from "@rollerblade/service-kit";
import { type FastifyInstance, fastify } from "fastify";
import { servicesBehind } from "./forwarded-prefixes.ts";
import { mergeOpenApi, type OpenApi, openApi } from "./merge-openapi.ts";

/** Milliseconds that a service may take to describe itself. */
const describeTimeoutMs = 10_000;

/** `/openapi.json` of all services, and `/docs` to read and try it, with no file from elsewhere. */
export const serveDocs = async (context: ServiceContext): Promise<void> => {
  const { http } = context;
  const description = cached(() => describeAll(context));
  // The kit serves each service's own description at this path; here it is everybody's.
  http.addHook("preHandler", async (request, reply) => {
    if (request.routeOptions.url === "/openapi.json") return reply.send(await description());
  });
  let pages: Promise<FastifyInstance> | undefined;
  for (const url of ["/docs", "/docs/*"])
    http.get(url, { schema: { hide: true } }, async (request, reply) => {
      pages ??= openPages();
      const page = await (await pages).inject({ url: request.url, headers: { host: request.host } });
      return reply.code(page.statusCode).headers(page.headers).send(page.rawPayload);
    });
  http.get("/docs/json", { schema: { hide: true } }, description);
  http.addHook("onClose", async () => void (await (await pages)?.close()));
};

/** Milliseconds for which the description of all services is kept: it changes with their versions only. */
const keepMs = 60_000;

/** Milliseconds for which a description is kept in which a service is missing. */
const keepPartialMs = 5_000;

/** Asks the services once for all who ask meanwhile. */
const cached = (describe: () => Promise<Description>) => {
  let kept: { readonly asked: Promise<Description>; until: number } | undefined;
  return async () => {
    if (kept === undefined || kept.until < Date.now()) {
      const asked = describe();
      const fresh = { asked, until: Number.POSITIVE_INFINITY };
      kept = fresh;
      asked.then(
        ({ complete }) => {
          fresh.until = Date.now() + (complete ? keepMs : keepPartialMs);
        },
        () => {
          fresh.until = 0;
        },
      );
    }
    return (await kept.asked).document;
  };
};

/** One document, and whether every service is in it. */
type Description = { readonly document: ReturnType<typeof mergeOpenApi>; readonly complete: boolean };

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
const describeAll = async ({ http, settings, peerUrl, log }: ServiceContext): Promise<Description> => {
  const described = servicesBehind.map(async (service): Promise<OpenApi | null> => {
    try {
      const response = await fetch(new URL("/openapi.json", peerUrl(service)), {
        signal: AbortSignal.timeout(describeTimeoutMs),
      });
      return openApi.parse(await response.json());
    } catch (error) {
      log.warn({ err: error, service }, `${service} does not describe itself`);
      return null;
    }
  });
  const found = (await Promise.all(described)).filter((one) => one !== null);
  return {
    document: mergeOpenApi([...found, openApi.parse(http.swagger())], settings.publicUrl),
    complete: found.length === servicesBehind.length,
  };
};
