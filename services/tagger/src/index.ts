import { onNotify } from "@rollerblade/database";
import { defineService } from "@rollerblade/service-kit";
import { z } from "zod";
import { hearDeleted, hearEnded, hearIndexed } from "./hear-derivatives.ts";
import { hearDocuments } from "./hear-documents.ts";
import { serveResults } from "./result-routes.ts";
import { showPending } from "./show-pending.ts";
import { pendingChannel } from "./tag-derivatives.ts";

/** Decides what people see: the tags of documents in force, with values taken out of derivatives. */
export const tagger = defineService({
  name: "tagger",
  config: z.object({
    /** How often results that are still pending are looked at without being told to. */
    sweepSeconds: z.coerce.number().positive().default(10),
  }),
  database: { schema: "tagger", migrations: new URL("../migrations/", import.meta.url) },
  async start(context) {
    serveResults(context);
    context.every("show pending", context.config.sweepSeconds * 1000, () => showPending(context));
    context.onStop(await onNotify(context.sql, pendingChannel, () => context.wake("show pending")));
    context.events.subscribe({
      durable: "tagger",
      handlers: {
        "pipeline.applied": hearDocuments,
        "derivative.indexed": hearIndexed,
        "derivative.superseded": hearEnded,
        "derivative.withdrawn": hearEnded,
        "subject.deleted": (events, tx) =>
          hearDeleted(
            events.map(({ message }) => ({ dataset: message.dataset, subject: message.subject })),
            tx,
          ),
        "dataset.deleted": (events, tx) =>
          hearDeleted(
            events.map(({ message }) => ({ dataset: message.dataset, subject: null })),
            tx,
          ),
      },
    });
  },
});
