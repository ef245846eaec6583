import { gatewayRoutes, type ServiceStatus, type SystemStatus } from "@rollerblade/client";
import { streamFigures } from "@rollerblade/events";
import { implement, type ServiceContext, type ServiceName } from "@rollerblade/service-kit";
import { z } from "zod";
import { servicesBehind } from "./forwarded-prefixes.ts";
import type { Nats } from "./nats.ts";
import { readMetric } from "./read-metrics.ts";

/** Milliseconds that a service may take to say how it is. */
const timeoutMs = 3_000;

const readiness = z.object({ checks: z.record(z.string(), z.boolean()) });

/** How the installation is, from the services' own probes and metrics and from the server's own figures. */
export const serveStatus = (context: ServiceContext, nats: Nats): void => {
  implement(context, gatewayRoutes.status, async ({ principal }) => {
    const services = await Promise.all(servicesBehind.map((service) => statusOf(context, service)));
    const ready = services.every(({ status }) => status === "ready");
    return { ready, services, events: principal.admin ? await eventStatus(nats) : null };
  });
};

const statusOf = async ({ peerUrl }: ServiceContext, name: ServiceName): Promise<ServiceStatus> => {
  try {
    const ask = (path: string) => fetch(new URL(path, peerUrl(name)), { signal: AbortSignal.timeout(timeoutMs) });
    const [ready, metrics] = await Promise.all([ask("/readyz"), ask("/metrics").then((answer) => answer.text())]);
    const { checks } = readiness.parse(await ready.json());
    return { name, status: ready.ok ? "ready" : "not ready", checks, outbox: outboxOf(metrics) };
  } catch {
    return { name, status: "unreachable", checks: {}, outbox: null };
  }
};

const outboxOf = (metrics: string): ServiceStatus["outbox"] => {
  const waiting = readMetric(metrics, "rollerblade_outbox_waiting");
  const lagSeconds = readMetric(metrics, "rollerblade_outbox_lag_seconds");
  return waiting === null || lagSeconds === null ? null : { waiting, lagSeconds };
};

const eventStatus = async (nats: Nats): Promise<SystemStatus["events"]> => {
  try {
    return await streamFigures(await nats.get());
  } catch {
    return null;
  }
};
