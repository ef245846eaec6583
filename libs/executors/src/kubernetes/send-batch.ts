import { contextFromTraceparent, currentTraceparent, type Logger, withSpan } from "@rollerblade/telemetry";
import { failed } from "../endings.ts";
import type { Advance } from "./advance-attempt.ts";
import { type Batch, buildJob, type JobSettings, jobName } from "./build-job.ts";
import type { ClusterView } from "./cluster-view.ts";
import { makeJob } from "./make-job.ts";
import type { Places } from "./records.ts";
import { type Cluster, removeJob } from "./remove.ts";
import { lookUpStaging } from "./staging-address.ts";
import type { TrackedAttempt, TrackedAttempts } from "./tracked-attempts.ts";

/** What sending batches needs. */
export type SendParts = {
  readonly attempts: TrackedAttempts;
  readonly advance: Advance;
  readonly cluster: Cluster;
  readonly view: Pick<ClusterView, "made">;
  readonly places: Pick<Places, "write">;
  readonly settings: JobSettings;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called between the steps, so that tests can kill the process there. */
  readonly crashPoint: (name: "job.placed" | "job.made") => void;
};

/** Links of one span; the SDK of OpenTelemetry keeps no more (`OTEL_SPAN_LINK_COUNT_LIMIT`). */
const maxLinks = 128;

/**
 * Does something in the span of a Job, by which the analyses in its Pods go on with the trace: the environment is the same in all of them.
 * The span belongs to the trace of the first attempt and links to the others.
 */
const inJobSpan = <T>(job: string, traceparents: readonly string[], work: () => Promise<T>): Promise<T> => {
  const [parent, ...links] = traceparents.slice(0, maxLinks + 1).map(contextFromTraceparent);
  const attributes = { "service.name": "scheduler", "k8s.job.name": job };
  return withSpan("make job", { ...(parent !== undefined && { parent }), links, attributes }, work);
};

/**
 * Creates the Job of a batch. The places of its attempts are recorded first: a process that dies in between leaves places
 * without a Job, which the next one finds out.
 */
export const sendBatch = async (parts: SendParts, batch: Batch): Promise<void> => {
  const { attempts, advance, cluster, view, places, settings, log, signal, crashPoint } = parts;
  /** The attempts that have not ended meanwhile, with their indexes. */
  const members = (): { readonly tracked: TrackedAttempt; readonly index: number }[] =>
    batch.attempts.flatMap((id, index) => {
      const tracked = attempts.get(id);
      return tracked === undefined ? [] : [{ tracked, index }];
    });
  const wanted = (): boolean => batch.attempts.some((id) => attempts.get(id) !== undefined);
  const waits = (reason: string): void => {
    for (const { tracked } of members()) attempts.wait(tracked, reason);
  };
  const name = jobName(batch);
  try {
    await places.write(name, batch.attempts);
    crashPoint("job.placed");
    const traceparents = members().map(({ tracked }) => tracked.attempt.traceparent);
    const made = await inJobSpan(name, traceparents, () => {
      const traceparent = currentTraceparent();
      const build = async () =>
        buildJob(settings, batch, { staging: await lookUpStaging(settings.stagingUrl), traceparent });
      return makeJob({ ...cluster, signal, waits, wanted }, { name, build });
    });
    crashPoint("job.made");
    if (made === null) return;
    view.made(made);
    for (const { tracked, index } of members()) {
      attempts.put(tracked, { job: name, index });
      attempts.wait(tracked, "");
      advance(tracked);
    }
    if (!wanted()) await removeJob(cluster, name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ err: error, job: name }, "the cluster refuses a Job");
    for (const { tracked } of members())
      attempts.end(tracked, failed("refused", `the cluster refuses its Job: ${reason}`));
  }
};
