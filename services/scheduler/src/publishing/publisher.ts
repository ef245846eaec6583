import { sourcesOf } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { contextFromTraceparent, contextOf, withSpan } from "@rollerblade/telemetry";
import { crashPoint } from "../crash-points.ts";
import { secondsSince } from "../metrics.ts";
import type { Scheduler } from "../scheduler.ts";
import { claimPublications, type Publication, postpone } from "./claim-publications.ts";
import { describeFolder } from "./derivative-folder.ts";
import { createIntend, type Intend } from "./intend.ts";
import type { PublishFile } from "./publish-file.ts";
import { putFiles, SourceVanished } from "./put-files.ts";
import { createRecord, type Record } from "./record.ts";
import { sidecarText } from "./sidecar-text.ts";
import { keepSources } from "./sources-objects.ts";
import { undoPublication } from "./undo.ts";

/** Publications of one replica at once. */
const most = 128;

/** Seconds until a publication is tried again that had to wait or failed. */
const pause = { waiting: 1, failed: 5 } as const;

/** What publishes in this replica. */
export type Publisher = {
  /** Takes up what is to be published, as far as there are hands free. */
  publish(): Promise<void>;
  /** Ids of the tasks in hand. */
  tasks(): readonly string[];
  /** Waits until nothing is in hand. */
  settled(): Promise<void>;
};

/** Puts outputs to their names so that a crash at any line loses nothing and publishes nothing twice; see `crash-points.ts`. */
export const createPublisher = (scheduler: Scheduler): Publisher => {
  const parts = { scheduler, intend: createIntend(scheduler), record: createRecord(scheduler) };
  const inHand = new Map<string, Promise<void>>();
  let more = false;

  const take = (task: Publication): void => {
    const begin = performance.now();
    const done = publishTask(parts, task)
      .then(() => scheduler.metrics.published(secondsSince(begin)))
      .catch((error: unknown) => failed(scheduler, task, error))
      .catch((error: unknown) =>
        scheduler.log.error({ err: error, task: task.id }, "a publication's lease will run out"),
      )
      .finally(() => {
        inHand.delete(task.id);
        if (more && !scheduler.signal.aborted && inHand.size < most / 2) scheduler.trigger("publish");
      });
    inHand.set(task.id, done);
  };
  return {
    async publish() {
      if (scheduler.signal.aborted || inHand.size >= most) return;
      const room = most - inHand.size;
      const claimed = await claimPublications(scheduler, room);
      more = claimed.length === room;
      for (const task of claimed) if (!inHand.has(task.id)) take(task);
    },
    tasks: () => [...inHand.keys()],
    async settled() {
      await Promise.all(inHand.values());
    },
  };
};

const withdrawn = { next: "fail", outcome: "cancelled", reason: "what it is made from was withdrawn" } as const;

type Parts = { readonly scheduler: Scheduler; readonly intend: Intend; readonly record: Record };

const publishTask = async ({ scheduler, intend, record }: Parts, task: Publication): Promise<void> => {
  const parent = contextFromTraceparent(task.attemptTrace ?? task.traceparent);
  const attributes = { service: "scheduler", "rollerblade.task": task.id, "rollerblade.dataset": task.dataset };
  await withSpan(`publish ${task.analysis}`, { parent, attributes }, async (span) => {
    const next = await intend(task);
    crashPoint("publish.intended");
    if (next.intended === "nothing") return;
    if (next.intended === "wait") return postpone(scheduler, task.id, pause.waiting);
    if (next.intended === "undo") return undoPublication(scheduler, task, next.files, withdrawn);
    await describeFolder(scheduler, task);
    const put = await putFiles(
      scheduler.objects,
      task.dataset,
      next.files,
      await sidecarsOf(scheduler, task, next.files),
    );
    await keepSources(scheduler, task);
    const recorded = await record({ task, put, cause: contextOf(span) });
    crashPoint("publish.recorded");
    if (recorded === "undo") await undoPublication(scheduler, task, next.files, withdrawn);
  });
};

/** What could not be published is tried again; what has lost its source is planned anew, which costs no attempt. */
const failed = async (scheduler: Scheduler, task: Publication, error: unknown): Promise<void> => {
  const { log } = scheduler;
  if (error instanceof SourceVanished) {
    log.warn({ task: task.id, reason: error.message }, "a content has vanished; the task is planned again");
    return undoPublication(scheduler, task, null, { next: "plan" });
  }
  const problem = Problem.from(error);
  // A name that the store cannot hold stays one.
  if (problem.code === "invalid" || problem.code === "conflict") {
    return undoPublication(scheduler, task, null, { next: "fail", outcome: "failed", reason: problem.message });
  }
  log.error({ err: error, task: task.id }, "a publication failed; it will be tried again");
  await postpone(scheduler, task.id, pause.failed);
};

const sidecarsOf = async (
  scheduler: Scheduler,
  task: Publication,
  files: readonly PublishFile[],
): Promise<ReadonlyMap<string, string>> => {
  const { dataset, requested, parameters, key } = task;
  const sources = requested === null ? [] : sourcesOf(requested);
  const text = await sidecarText(scheduler, task, { dataset, sources, parameters, key });
  return new Map(files.flatMap(({ name }) => (name.sidecar === null || text === null ? [] : [[name.sidecar, text]])));
};
