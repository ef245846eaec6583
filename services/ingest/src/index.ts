import { connect, disconnect } from "@rollerblade/database";
import { erasureHandlers, prepared } from "@rollerblade/events";
import { defineService } from "@rollerblade/service-kit";
import { eraseNotes } from "./cleanup/erase-notes.ts";
import { forgetDatasets, forgetPlaces, forgetSubjects } from "./cleanup/forget.ts";
import { sweep } from "./cleanup/sweep.ts";
import { convertedAtOnce, createConverter } from "./conversions/run-conversion.ts";
import { serveConversions } from "./conversions/serve-conversions.ts";
import { sweepConversions } from "./conversions/sweep-conversions.ts";
import { serveFindings } from "./findings/serve-findings.ts";
import { config, type Ingest } from "./ingest.ts";
import { createPublisher, publishedAtOnce } from "./publish/publisher.ts";
import { serveImports } from "./routes/import-handlers.ts";
import { serveImportList } from "./routes/list-imports.ts";
import { servePutObject } from "./routes/put-object.ts";
import { servePutPack } from "./routes/put-pack.ts";
import { serveCorrections } from "./routes/serve-corrections.ts";
import { serveUpload } from "./routes/upload.ts";
import { createStagedQuota } from "./staged/staged-quota.ts";

/** Takes scans and whole datasets in: refused as a whole with every problem named, or complete and announced. */
export const ingest = defineService({
  name: "ingest",
  config,
  database: { schema: "ingest", migrations: new URL("../migrations/", import.meta.url) },
  async start(context) {
    const locks = connect(context.settings.databaseUrl, {
      max: publishedAtOnce + convertedAtOnce + 3,
      name: "ingest locks",
      statementTimeout: 0,
    });
    const parts: Ingest = { ...context, locks, quota: createStagedQuota(context.sql, context.config) };
    const publisher = createPublisher(parts);
    context.onStop(() => disconnect(locks));
    context.onStop(() => publisher.settle());
    const converter = createConverter(parts);
    context.onStop(() => converter.settle());

    serveImports(parts, publisher);
    serveImportList(parts);
    serveConversions(parts);
    serveFindings(parts);
    serveCorrections(parts, publisher);
    servePutObject(parts);
    servePutPack(parts);
    await serveUpload(parts, publisher);
    context.every("convert", 5_000, () => converter.takeUp());
    context.every("sweep conversions", context.config.sweepSeconds * 1000, () => sweepConversions(parts));
    context.every("sweep", context.config.sweepSeconds * 1000, () => sweep(parts), { exclusive: true });
    context.events.subscribe({
      durable: "ingest",
      handlers: {
        "subject.deleted": forgetSubjects,
        "dataset.deleted": prepared({ prepare: forgetPlaces(parts), apply: forgetDatasets }),
        ...erasureHandlers("ingest", eraseNotes),
      },
    });
  },
});
