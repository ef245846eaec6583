import { accountsRoutes } from "@rollerblade/client";
import { connect, disconnect } from "@rollerblade/database";
import { prepared } from "@rollerblade/events";
import { defineService } from "@rollerblade/service-kit";
import { z } from "zod";
import { deleteObjects } from "./deletion/delete-objects.ts";
import { eraseDeleted } from "./deletion/erase-deleted.ts";
import { applyCreated } from "./derivatives/apply-created.ts";
import { applyDropped } from "./derivatives/apply-dropped.ts";
import { readCreated } from "./derivatives/created.ts";
import { countFields } from "./fields/count-fields.ts";
import { expireBatches } from "./indexing/batches.ts";
import { indexingHandlers, releaseBatch } from "./indexing/handlers.ts";
import { openReader } from "./query/reader.ts";
import { datasetRoutes } from "./routes/datasets.ts";
import { derivativeRoutes } from "./routes/derivatives.ts";
import { fieldRoutes } from "./routes/fields.ts";
import { listingRoutes } from "./routes/listings.ts";
import { pictureRoutes } from "./routes/pictures.ts";
import { queryRoutes } from "./routes/queries.ts";
import { savedQueryRoutes } from "./routes/saved-queries.ts";

const config = z.object({
  sweepSeconds: z.coerce
    .number()
    .positive()
    .default(30)
    .describe("How often abandoned batches and unfinished deletions are looked for, in seconds."),
  querySeconds: z.coerce.number().positive().default(10).describe("How long a person's query may take, in seconds."),
  queriesPerPerson: z.coerce
    .number()
    .int()
    .positive()
    .default(4)
    .describe(
      "Statements of one person's queries that run at once at each replica; further ones wait, and of many that wait the last are answered with 429.",
    ),
  countSeconds: z.coerce
    .number()
    .positive()
    .default(2)
    .describe("How long it may take to count everything that a query finds before the count is left out, in seconds."),
  pinSeconds: z.coerce
    .number()
    .positive()
    .default(600)
    .describe("How long it may take to pin what a query finds, in seconds."),
  eraseSeconds: z.coerce
    .number()
    .positive()
    .default(60)
    .describe(
      "Seconds between two rounds in which tables, outboxes and event streams are searched for what still names a deleted person or dataset. It is erased once a round finds nothing, as a rule the second or third. Who reads events from outside has so long to read a deletion.",
    ),
  pictureSeconds: z.coerce
    .number()
    .positive()
    .default(60)
    .describe("How long it may take to make the picture of an image, in seconds."),
  picturesAtOnce: z.coerce
    .number()
    .int()
    .positive()
    .default(2)
    .describe("Pictures of images that are made at once at each replica, each in a process of its own."),
  fieldSeconds: z.coerce
    .number()
    .positive()
    .default(5)
    .describe("How often fields of changed datasets are counted anew, in seconds."),
});

const deletions = "finish deletions";

/** Datasets, subjects, sessions, scans, files and derivatives: what there is, what is known of it, and who may see it. */
export const catalog = defineService({
  name: "catalog",
  config,
  database: { schema: "catalog", migrations: new URL("../migrations/", import.meta.url) },
  start(context) {
    const { sql, events, objects, settings, signal, config } = context;
    const locks = connect(settings.databaseUrl, { max: 1, name: "catalog locks", statementTimeout: 0 });
    context.onStop(() => disconnect(locks));
    events.subscribe({
      durable: "catalog",
      batch: 500,
      onDeadLetter: releaseBatch(context),
      handlers: {
        ...indexingHandlers(context),
        "derivative.created": prepared({
          prepare: (received) => readCreated(objects, received),
          apply: (_, tx, created) => applyCreated(events, created, tx),
        }),
        "derivative.dropped": (received, tx) => applyDropped(events, received, tx),
      },
    });
    datasetRoutes(context, deletions);
    const reader = openReader(settings.databaseUrl, {
      seconds: config.querySeconds,
      maxConnections: settings.databasePool,
      maxPerPerson: Math.min(config.queriesPerPerson, settings.databasePool),
    });
    context.onStop(reader.close);
    listingRoutes(context, reader);
    derivativeRoutes(context);
    pictureRoutes(context);
    queryRoutes(context, reader);
    savedQueryRoutes(context, reader);
    fieldRoutes(context);
    const retire = async (resource: string, actor: string): Promise<void> => {
      await context.peer("accounts").call(accountsRoutes.retireResource, { params: { id: resource }, body: { actor } });
    };
    const sweep = config.sweepSeconds * 1000;
    context.every(deletions, sweep, () => deleteObjects({ sql, locks, objects, signal, retire }), { exclusive: true });
    const eraseMs = Math.min(sweep, (config.eraseSeconds * 1000) / 4);
    context.every("erase", eraseMs, () => eraseDeleted({ sql, events, log: context.log, config }), { exclusive: true });
    context.every("count fields", config.fieldSeconds * 1000, () => countFields(sql, signal), { exclusive: true });
    context.every("expire batches", sweep, () => expireBatches(sql, events), { exclusive: true });
  },
});
