import { gatewayRoutes } from "@rollerblade/client";
import { deadLetters } from "@rollerblade/events";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import type { Nats } from "./nats.ts";
import { requireAdministrator } from "./require-administrator.ts";

/** What people do with events that could not be handled; for administrators, since the bodies are everybody's. */
export const serveDeadLetters = (context: ServiceContext, nats: Nats): void => {
  implement(context, gatewayRoutes.listDeadLetters, async ({ principal, query }) => {
    requireAdministrator(principal);
    const { items, next } = await deadLetters(await nats.get()).list(query);
    return { items: [...items], next };
  });

  implement(context, gatewayRoutes.showDeadLetter, async ({ principal, params }) => {
    requireAdministrator(principal);
    return deadLetters(await nats.get()).show(params.id);
  });

  implement(context, gatewayRoutes.replayDeadLetter, async ({ principal, params }) => {
    requireAdministrator(principal);
    await deadLetters(await nats.get()).replay(params.id);
    return undefined;
  });
};
