import { connect, disconnect } from "@rollerblade/database";
import { prepared } from "@rollerblade/events";
import { defineService } from "@rollerblade/service-kit";
import { serveFindings } from "./findings/serve-findings.ts";
import { forgetDatasets, forgetPlaces, forgetSubjects } from "./forget.ts";
import { freeNames } from "./free-names.ts";
import { serveImports } from "./import-handlers.ts";
import { config, type Ingest } from "./ingest.ts";
import { serveImportList } from "./list-imports.ts";
import { createPublisher, publishedAtOnce } from "./publisher.ts";
import { servePutObject } from "./put-object.ts";
import { servePutPack } from "./put-pack.ts";
import { sweep } from "./sweep.ts";
import { serveUpload } from "./upload.ts";

/** Takes scans and whole datasets in: refused as a whole with every problem named, or complete and announced. */
export const ingest = defineService({
  name: "ingest",
  config,
  database: { schema: "ingest", migrations: new URL("../migrations/", import.meta.url) },
  async start(context) {
    const locks = connect(context.settings.databaseUrl, {
      max: publishedAtOnce + 2,
      name: "ingest locks",
      statementTimeout: 0,
    });
    const parts: Ingest = { ...context, locks };
    const publisher = createPublisher(parts);
    context.onStop(() => disconnect(locks));
    context.onStop(() => publisher.settle());

    serveImports(parts, publisher);
    serveImportList(parts);
    serveFindings(parts);
    servePutObject(parts);
    servePutPack(parts);
    await serveUpload(parts, publisher);
    context.every("sweep", context.config.sweepSeconds * 1000, () => sweep(parts), { exclusive: true });
    context.events.subscribe({
      durable: "ingest",
      handlers: {
        "subject.deleted": forgetSubjects,
        "dataset.deleted": prepared({
          prepare: async (events) => {
            await freeNames(context)(events);
            await forgetPlaces(context)(events);
          },
          apply: forgetDatasets,
        }),
      },
    });
  },
});
