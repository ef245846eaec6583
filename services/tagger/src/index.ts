import { erasureHandlers } from "@rollerblade/events";
import { defineService } from "@rollerblade/service-kit";
import { z } from "zod";
import { eraseNotes } from "./derivatives/erase-notes.ts";
import { forgetDatasets, forgetDerivatives, forgetSubjects, pruneGone } from "./derivatives/forget-derivatives.ts";
import { recordDerivatives } from "./derivatives/record-derivatives.ts";
import { applyDocuments, unsettleGranted } from "./documents/apply-documents.ts";
import { channels } from "./notifications.ts";
import { readValues } from "./results/read-values.ts";
import { pruneCalls, recordCalls } from "./results/record-calls.ts";
import { settleResults } from "./results/settle-results.ts";
import { serveResults } from "./routes/list-results.ts";
import { serveTags } from "./routes/list-tags.ts";

const config = z.object({
  sweepSeconds: z.coerce
    .number()
    .positive()
    .default(5)
    .describe(
      "How often is looked for results that nobody announced and for values that are to be read again, in seconds.",
    ),
});

const day = 24 * 60 * 60 * 1000;

/**
 * What people are shown: the tags of the documents in force, for every derivative in force. Handlers only record the two;
 * two loops then give each derivative the results that the tags call for, and take their values out of the files.
 */
export const tagger = defineService({
  name: "tagger",
  config,
  database: { schema: "tagger", migrations: new URL("../migrations/", import.meta.url) },
  start(context) {
    const { sql, events, objects, signal, config } = context;
    events.subscribe({
      durable: "tagger",
      batch: 500,
      handlers: {
        "pipeline.applied": applyDocuments,
        "pipeline.decided": recordCalls,
        "derivative.indexed": recordDerivatives,
        "derivative.superseded": forgetDerivatives,
        "derivative.withdrawn": forgetDerivatives,
        "subject.deleted": forgetSubjects,
        "dataset.deleted": forgetDatasets,
        "grant.changed": unsettleGranted,
        ...erasureHandlers("tagger", eraseNotes),
      },
    });
    serveResults(context);
    serveTags(context);
    const sweepMs = config.sweepSeconds * 1000;
    context.every("settle", sweepMs, () => settleResults(sql, events, signal), { channel: channels.settle });
    context.every("read", sweepMs, () => readValues({ sql, events, objects, signal }), { channel: channels.read });
    const prune = async (): Promise<void> => {
      await pruneGone(sql);
      await pruneCalls(sql);
    };
    context.every("prune", day, prune, { exclusive: true });
  },
});
