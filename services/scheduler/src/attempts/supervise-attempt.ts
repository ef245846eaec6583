import type { AttemptOutcome, Ending, Executor } from "@rollerblade/executors";
import type { ObjectStore } from "@rollerblade/object-store";
import type { ServiceContext } from "@rollerblade/service-kit";
import { contextFromTraceparent, currentTraceparent, withSpan } from "@rollerblade/telemetry";
import { crashPoint } from "../crash-points.ts";
import { type SchedulerMetrics, secondsSince } from "../metrics.ts";
import { storeLog } from "./attempt-log.ts";
import type { FinishAttempt } from "./finish-attempts.ts";
import type { ClaimedAttempt } from "./read-attempts.ts";

/** What supervising an attempt needs of the service. */
export type Supervising = {
  readonly objects: Pick<ObjectStore, "put">;
  readonly metrics: Pick<SchedulerMetrics, "attemptEnded">;
  readonly signal: AbortSignal;
  readonly log: Pick<ServiceContext["log"], "warn">;
};

/** What supervising one attempt needs beside the service. */
export type Supervision = {
  readonly executor: Executor;
  readonly finish: FinishAttempt;
  /** Gives the room back; called as soon as nothing of the attempt runs any more, with how it ended if that is known. */
  readonly release: (outcome: AttemptOutcome | null) => void;
};

/**
 * Runs one attempt to its end and writes the end. Its span belongs to the trace of the task that it is run for, and links to those of
 * the tasks that share it.
 * @param adopted whether another replica has submitted it already
 */
export const superviseAttempt = async (
  { objects, metrics, signal, log: report }: Supervising,
  { executor, finish, release }: Supervision,
  { attempt, number, traceparent, shared }: ClaimedAttempt,
  adopted: boolean,
): Promise<void> => {
  const { name, version } = attempt.manifest;
  const attributes = {
    "service.name": "scheduler",
    "rollerblade.analysis": `${name} ${version}`,
    "rollerblade.execution": attempt.execution,
    "rollerblade.attempt": number,
    "rollerblade.dataset": attempt.slice.slice.dataset,
  };
  const parent = contextFromTraceparent(traceparent);
  const links = shared.map(contextFromTraceparent);
  await withSpan(`attempt ${name}`, { parent, links, attributes }, async (span) => {
    const traced = { ...attempt, traceparent: currentTraceparent() };
    const begin = performance.now();
    let ending: Ending | null = null;
    try {
      if (!adopted) executor.submit(traced);
      ending = await executor.observe(traced);
    } finally {
      release(ending?.outcome ?? null);
    }
    // Stopping ends what cannot outlive this process. That is not a failure of the attempt, and the next process takes it up.
    if (signal.aborted && ending.outcome === "cancelled") return;
    span.setAttribute("rollerblade.outcome", ending.outcome);
    metrics.attemptEnded(ending.outcome, executor.kind, secondsSince(begin));
    crashPoint("attempt.ended");
    // The end counts more than its log: an object store that is away must not make the attempt one that was lost.
    const log = await storeLog(objects, attempt.execution, number, ending.log).catch((error: unknown) => {
      report.warn({ err: error, attempt: attempt.id }, "the log of an attempt could not be stored");
      return null;
    });
    await finish({ attempt, ending, log, traceparent: traced.traceparent });
    crashPoint("attempt.written");
  });
};
