import type { ServiceEvents, SourcesStore } from "@rollerblade/events";
import { projectAnalyses } from "./analyses.ts";
import { projectAnswers } from "./answers.ts";
import { projectIndexedBatches, projectOpenedBatches } from "./batches.ts";
import { projectDeletedDatasets, projectDeletedSubjects } from "./deletions.ts";
import { projectDerivatives, projectSuperseded, projectWithdrawn } from "./derivatives.ts";
import { projectScans, projectWithdrawnScans } from "./scans.ts";

/**
 * Keeps a picture of the catalog and of what became of requests. Events only change facts and say where; what follows from them is
 * decided by the evaluation.
 */
export const hearFacts = (events: ServiceEvents, objects: SourcesStore): void => {
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
      "derivative.indexed": projectDerivatives(objects),
      "derivative.superseded": projectSuperseded,
      "derivative.withdrawn": projectWithdrawn,
      "analysis.created": projectAnalyses,
      "task.finished": projectAnswers,
      // Each task tells of itself; that a run has no open one just now says nothing that its rule needs.
      "run.finished": async () => {},
    },
  });
};
