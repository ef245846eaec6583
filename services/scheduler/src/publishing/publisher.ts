import { sourcesOf } from "@rollerblade/analysis";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import type { ServiceContext } from "@rollerblade/service-kit";
import { contextFromTraceparent, contextOf, withSpan } from "@rollerblade/telemetry";
import { crashPoint } from "../crash-points.ts";
import { sidecarText } from "../locations/sidecar-text.ts";
import { type SchedulerMetrics, secondsSince } from "../metrics.ts";
import type { LeaseHolder } from "../replica.ts";
import type { OnRevocation } from "../rights/refuse-tasks.ts";
import type { TaskFinishing } from "../tasks/finish-tasks.ts";
import { claimPublications, type Publication, postponePublication } from "./claim-publications.ts";
import { describeFolder } from "./derivative-folder.ts";
import { createIntend, type Intend } from "./intend.ts";
import type { PublishFile } from "./publish-file.ts";
import { putFiles, SourceVanished } from "./put-files.ts";
import { createRecordPublication, type RecordPublication } from "./record-publications.ts";
import { keepSources } from "./sources-objects.ts";
import { undoPublication } from "./undo-publication.ts";

/** What publishing needs. */
type Publishing = LeaseHolder &
  TaskFinishing &
  Pick<ServiceContext, "log" | "signal" | "trigger"> & {
    readonly objects: ObjectStore;
    readonly metrics: Pick<SchedulerMetrics, "published">;
    readonly config: { readonly revocation: OnRevocation; readonly derivativeBytesPerDataset: number };
  };

/** Publications of one replica at once: most of their time is spent waiting for the store, which answers many at a time. */
const maxInFlight = 128;

/** Seconds until a publication is tried again that had to wait for another one, or failed. */
const retrySeconds = { waiting: 1, failed: 5 } as const;

/** Publishes in this replica. */
export type Publisher = {
  /** Claims tasks that are to be published, as many as may still be in flight. */
  publish(): Promise<void>;
  /** Ids of the tasks in flight. */
  tasks(): readonly string[];
  /** Waits until none is in flight. */
  settled(): Promise<void>;
};

/** Creates the publisher. A crash at any line of it loses nothing and publishes nothing twice; see `crash-points.ts`. */
export const createPublisher = (scheduler: Publishing): Publisher => {
  const steps = { intend: createIntend(scheduler), record: createRecordPublication(scheduler) };
  const inFlight = new Map<string, Promise<void>>();
  let more = false;

  const start = (task: Publication): void => {
    const begin = performance.now();
    const done = publishTask(scheduler, steps, task)
      .then(() => scheduler.metrics.published(secondsSince(begin)))
      .catch((error: unknown) => handleFailure(scheduler, task, error))
      .catch((error: unknown) =>
        scheduler.log.error({ err: error, task: task.id }, "a publication's lease will run out"),
      )
      .finally(() => {
        inFlight.delete(task.id);
        // Half of them at a time, so that one claim serves many.
        if (more && !scheduler.signal.aborted && inFlight.size < maxInFlight / 2) scheduler.trigger("publish");
      });
    inFlight.set(task.id, done);
  };
  return {
    async publish() {
      if (scheduler.signal.aborted || inFlight.size >= maxInFlight) return;
      const free = maxInFlight - inFlight.size;
      const claimed = await claimPublications(scheduler, free);
      more = claimed.length === free;
      for (const task of claimed) if (!inFlight.has(task.id)) start(task);
    },
    tasks: () => [...inFlight.keys()],
    async settled() {
      await Promise.all(inFlight.values());
    },
  };
};

const withdrawn = { next: "fail", outcome: "cancelled", reason: "what it is made from was withdrawn" } as const;

type Steps = { readonly intend: Intend; readonly record: RecordPublication };

const publishTask = async (scheduler: Publishing, { intend, record }: Steps, task: Publication): Promise<void> => {
  const { sql, objects } = scheduler;
  const parent = contextFromTraceparent(task.attemptTrace ?? task.traceparent);
  const attributes = { "service.name": "scheduler", "rollerblade.task": task.id, "rollerblade.dataset": task.dataset };
  await withSpan(`publish ${task.analysis}`, { parent, attributes }, async (span) => {
    const next = await intend(task);
    crashPoint("publish.intended");
    if (next.intended === "nothing") return;
    if (next.intended === "wait") return postponePublication(scheduler, task.id, retrySeconds.waiting);
    if (next.intended === "undo") return undoPublication(scheduler, task, next.files, withdrawn);
    await describeFolder(scheduler, task);
    const put = await putFiles(objects, task.dataset, next.files, await sidecarsOf(sql, task, next.files));
    await keepSources(objects, task);
    const recorded = await record({ task, put, cause: contextOf(span) });
    crashPoint("publish.recorded");
    if (recorded === "undo") await undoPublication(scheduler, task, next.files, withdrawn);
  });
};

/** Tries a failed publication again later. One that has lost its content is planned anew, which costs no attempt that counts. */
const handleFailure = async (scheduler: Publishing, task: Publication, error: unknown): Promise<void> => {
  const { log } = scheduler;
  if (error instanceof SourceVanished) {
    log.warn({ task: task.id, reason: error.message }, "a content has vanished; the task is planned again");
    return undoPublication(scheduler, task, null, { next: "plan" });
  }
  const problem = Problem.from(error);
  // A name that the store cannot hold will not be held later either.
  if (problem.code === "invalid" || problem.code === "conflict") {
    return undoPublication(scheduler, task, null, { next: "fail", outcome: "failed", reason: problem.message });
  }
  log.error({ err: error, task: task.id }, "a publication failed; it will be tried again");
  await postponePublication(scheduler, task.id, retrySeconds.failed);
};

/** The texts of the sidecars of a task's files, by path: they describe the same work, and each its own output. */
const sidecarsOf = async (
  sql: Sql,
  task: Publication,
  files: readonly PublishFile[],
): Promise<ReadonlyMap<string, string>> => {
  const { dataset, requested, parameters, key } = task;
  const sources = requested === null ? [] : sourcesOf(requested);
  const origin = { dataset, sources, parameters, key };
  const texts = files.map(async ({ name, output, metadata = null }): Promise<[string, string][]> => {
    const text = name.sidecar === null ? null : await sidecarText(sql, task, origin, output, metadata);
    return name.sidecar === null || text === null ? [] : [[name.sidecar, text]];
  });
  return new Map((await Promise.all(texts)).flat());
};
