import { gatewayRoutes, type ServiceStatus, type SystemStatus } from "@rollerblade/client";
import { streamFigures } from "@rollerblade/events";
import { implement, type ServiceContext, type ServiceName } from "@rollerblade/service-kit";
import { z } from "zod";
import { servicesBehind } from "./forwarded-prefixes.ts";
import type { Nats } from "./nats.ts";

/** Milliseconds that a service may take to say how it is. */
const timeoutMs = 3_000;

const readiness = z.object({
  checks: z.record(z.string(), z.boolean()),
  outbox: z.object({ waiting: z.number(), lagSeconds: z.number() }).nullable().catch(null),
});

/**
 * How the installation is, from the services' own probes and from the server's own figures. What is missing where, and how much goes on,
 * is for administrators; others are told which services answer.
 */
export const serveStatus = (context: ServiceContext, nats: Nats): void => {
  implement(context, gatewayRoutes.status, async ({ principal }) => {
    const services = await Promise.all(servicesBehind.map((service) => statusOf(context, service)));
    const ready = services.every(({ status }) => status === "ready");
    if (principal.admin) return { ready, services, events: await eventStatus(nats) };
    return { ready, services: services.map((one) => ({ ...one, checks: {}, outbox: null })), events: null };
  });
};

const statusOf = async ({ peerUrl }: ServiceContext, name: ServiceName): Promise<ServiceStatus> => {
  try {
    const ready = await fetch(new URL("/readyz", peerUrl(name)), { signal: AbortSignal.timeout(timeoutMs) });
    const { checks, outbox } = readiness.parse(await ready.json());
    return { name, status: ready.ok ? "ready" : "not ready", checks, outbox };
  } catch {
    return { name, status: "unreachable", checks: {}, outbox: null };
  }
};

const eventStatus = async (nats: Nats): Promise<SystemStatus["events"]> => {
  try {
    return await streamFigures(await nats.get());
  } catch {
    return null;
  }
};
