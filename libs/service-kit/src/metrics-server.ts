import { metricsText, type Registry } from "@rollerblade/telemetry";
import { type FastifyInstance, fastify } from "fastify";

/**
 * Serves `/metrics` of the services of a process, on a port of its own: the figures tell of everybody's work, so the port is for those who
 * watch the installation, and the one that people reach does not have them.
 */
export const createMetricsServer = (registries: readonly Registry[]): FastifyInstance => {
  const server = fastify({ logger: false, forceCloseConnections: true, requestTimeout: 30_000 });
  server.get("/metrics", async (_request, reply) =>
    reply.type(registries[0]?.contentType ?? "text/plain").send(await metricsText(...registries)),
  );
  return server;
};
