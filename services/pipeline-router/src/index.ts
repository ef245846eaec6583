import { connectCluster } from "@rollerblade/kubernetes";
import { defineService, type ServiceContext } from "@rollerblade/service-kit";
import { z } from "zod";
import { claimDocuments } from "./documents/claim-documents.ts";
import { followOwners } from "./documents/follow-owners.ts";
import { dropBodies } from "./drop-bodies.ts";
import { announceAllCalls } from "./evaluation/announce-all-calls.ts";
import { startEvaluator } from "./evaluation/evaluator.ts";
import { subscribeToFacts } from "./projection/subscribe.ts";
import { serveRoutes } from "./routes.ts";
import { configMapSource } from "./sources/config-map-source.ts";
import { fileSource } from "./sources/file-source.ts";
import type { PipelineSource } from "./sources/pipeline-source.ts";
import { takeOffers } from "./sources/take-offers.ts";
import { sweep } from "./sweep.ts";

const config = z.object({
  file: z.string().optional().describe("A document, or a folder of them, that is watched."),
  fileOwner: z.string().default("service").describe("Under whose rights the rules of the watched file run."),
  namespaces: z
    .string()
    .default("{}")
    .transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text)))
    .describe("JSON: by namespace whose ConfigMaps are watched, under whose rights their rules run."),
  sweepSeconds: z.coerce
    .number()
    .positive()
    .default(30)
    .describe("Seconds between two looks for what an event missed."),
  resendSeconds: z.coerce.number().positive().default(900).meta({
    description: "Seconds after which a request that nobody answered is sent again; twice as long after each time.",
    formerly: "patienceSeconds",
  }),
  startsPerHour: z.coerce
    .number()
    .int()
    .positive()
    .default(60)
    .describe(
      "How often one rule may start one slice anew within an hour; beyond it, the slice is stopped for a while.",
    ),
});

/** Decides what runs next: documents in, facts in, requests out. */
export const pipelineRouter = defineService({
  name: "pipeline-router",
  config,
  database: { schema: "pipeline_router", migrations: new URL("../migrations/", import.meta.url) },
  async start(context) {
    const { file, fileOwner, namespaces, sweepSeconds, resendSeconds, startsPerHour } = context.config;
    const overdueMs = resendSeconds * 1000;
    subscribeToFacts(context.events, context.objects, followOwners(context.sql, context.events));
    serveRoutes(context);
    startEvaluator(context, { overdueMs, startsPerHour });
    context.every("sweep", sweepSeconds * 1000, () => sweep(context, overdueMs), { exclusive: true });
    context.every("announce calls", 3_600_000, () => announceAllCalls(context), { exclusive: true });
    context.every("claim documents", 60_000, () => claimDocuments(context), { exclusive: true });
    context.every("drop bodies", 3_600_000, () => dropBodies(context), { exclusive: true });
    if (file !== undefined) follow(context, fileSource(file, fileOwner));
    if (Object.keys(namespaces).length === 0) return;
    const client = await connectCluster();
    context.onStop(async () => client.close());
    for (const [namespace, owner] of Object.entries(namespaces)) {
      follow(
        context,
        configMapSource(client, namespace, owner, (err, about) => context.log.warn({ err }, about)),
      );
    }
  },
});

const follow = (context: ServiceContext, source: PipelineSource): void => {
  const name = `take from ${source.kind}`;
  context.every(name, 10_000, () => takeOffers(context, source), { exclusive: true });
  source
    .watch(() => context.trigger(name), context.signal)
    .catch((error: unknown) =>
      context.log.warn({ err: error }, `not watching the ${source.kind}; looking now and then`),
    );
};
