import type { Transaction } from "@rollerblade/database";
import { erasureHandlers, type Received, type ServiceEvents, type SourcesStore } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import { eraseBodies } from "../drop-bodies.ts";
import { projectAnalyses } from "./analyses.ts";
import { projectAnswers } from "./answers.ts";
import { projectIndexedBatches, projectOpenedBatches } from "./batches.ts";
import { projectDeletedDatasets, projectDeletedSubjects } from "./deletions.ts";
import { projectDerivatives, projectSuperseded, projectWithdrawn } from "./derivatives.ts";
import { eraseNotes } from "./erase-notes.ts";
import { projectScans, projectWithdrawnScans } from "./scans.ts";

type Objects = SourcesStore & Pick<ObjectStore, "list" | "delete">;

/** Handles that somebody may do more or less than before. */
type GrantHandler = (events: readonly Received<"grant.changed">[], tx: Transaction) => Promise<void>;

/**
 * Subscribes the router to all events that it needs, and keeps their facts in its tables. Handlers only change facts and
 * mark what is affected; the evaluation decides what follows from them.
 */
export const subscribeToFacts = (events: ServiceEvents, objects: Objects, onGrants: GrantHandler): void => {
  events.subscribe({
    durable: "pipeline-router",
    handlers: {
      "scan.indexed": projectScans,
      "metadata.changed": projectScans,
      "scan.withdrawn": projectWithdrawnScans,
      "batch.opened": projectOpenedBatches,
      "batch.indexed": projectIndexedBatches,
      "subject.deleted": projectDeletedSubjects,
      "dataset.deleted": projectDeletedDatasets,
      ...erasureHandlers("pipeline_router", async (tx, erased, until) => {
        // The rows that tell which bodies are about the dataset go afterwards.
        await eraseBodies(objects, tx, erased.dataset);
        await eraseNotes(tx, erased, until);
      }),
      "derivative.indexed": projectDerivatives(objects),
      "derivative.superseded": projectSuperseded,
      "derivative.withdrawn": projectWithdrawn,
      "analysis.created": projectAnalyses,
      "grant.changed": onGrants,
      "task.finished": projectAnswers,
      // Rules follow tasks one by one, so the end of a run adds nothing.
      "run.finished": async () => {},
    },
  });
};
