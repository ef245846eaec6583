import { defineService } from "@rollerblade/service-kit";
import { z } from "zod";
import { forward } from "./forward.ts";
import { serveEvents } from "./live/serve-events.ts";
import { natsOf } from "./nats.ts";
import { serveObjects } from "./objects/serve-objects.ts";
import { requireOwnHost } from "./require-own-host.ts";
import { serveDeadLetters } from "./serve-dead-letters.ts";
import { serveDocs } from "./serve-docs.ts";
import { serveStatus } from "./serve-status.ts";

/** The one HTTP door: every service's routes, links of objects, what happens, and how everything is. */
export const gateway = defineService({
  name: "gateway",
  config: z.object({}),
  database: null,
  async start(context) {
    const nats = natsOf(context);
    requireOwnHost(context);
    serveObjects(context);
    serveEvents(context, nats);
    serveDeadLetters(context, nats);
    serveStatus(context, nats);
    await serveDocs(context);
    await forward(context);
  },
});
