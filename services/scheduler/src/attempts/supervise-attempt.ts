import type { AttemptOutcome, Ending, Executor } from "@rollerblade/executors";
import { contextFromTraceparent, currentTraceparent, withSpan } from "@rollerblade/telemetry";
import { crashPoint } from "../crash-points.ts";
import { secondsSince } from "../metrics.ts";
import type { Scheduler } from "../scheduler.ts";
import { storeLog } from "./attempt-log.ts";
import type { ClaimedAttempt } from "./claim-attempts.ts";
import type { FinishAttempt } from "./finish-attempts.ts";

/** What watching an attempt needs. */
export type Supervision = {
  readonly scheduler: Scheduler;
  readonly executor: Executor;
  readonly finish: FinishAttempt;
  /** Gives the room back; called as soon as nothing of the attempt runs any more, with how it ended if that is known. */
  readonly release: (outcome: AttemptOutcome | null) => void;
};

/** Runs one attempt to its end and has the end written down. Its span belongs to the trace of the slice that it is for. */
export const superviseAttempt = async (
  { scheduler, executor, finish, release }: Supervision,
  { attempt, number, traceparent, shared }: ClaimedAttempt,
  adopted: boolean,
): Promise<void> => {
  const { name, version } = attempt.manifest;
  const attributes = {
    service: "scheduler",
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
    // Stopping ends what cannot outlive us; that is nobody's failure, and the next process takes it up.
    if (scheduler.signal.aborted && ending.outcome === "cancelled") return;
    span.setAttribute("rollerblade.outcome", ending.outcome);
    scheduler.metrics.attemptEnded(ending.outcome, executor.kind, secondsSince(begin));
    crashPoint("attempt.ended");
    const log = await storeLog(scheduler.objects, attempt, number, ending.log);
    await finish({ attempt, ending, log, traceparent: traced.traceparent });
    crashPoint("attempt.written");
  });
};
