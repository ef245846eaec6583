import helmet from "@fastify/helmet";
import type { Http } from "./http.ts";

/**
 * Sets the headers that keep browsers from doing more with an answer than to show it, and `no-store` on JSON, which is made for one person
 * and must stay in no cache. A route that sets such a header itself (pages, links to objects) keeps its own.
 */
export const secureHeaders = async (http: Http): Promise<void> => {
  await http.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"], "base-uri": ["'none'"] },
    },
    // Browsers obey it over TLS only.
    strictTransportSecurity: { maxAge: 31_536_000 },
    xFrameOptions: { action: "deny" },
  });
  http.addHook("onSend", async (_request, reply) => {
    const type = reply.getHeader("content-type");
    const isJson = typeof type === "string" && /^application\/(problem\+)?json\b/.test(type);
    if (isJson && !reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
};
