import type { Logger } from "@rollerblade/telemetry";
import { failed, failedExit } from "../endings.ts";
import type { Ending } from "../executor.ts";
import type { AttemptReport } from "./attempt-report.ts";
import type { ClusterView, PlaceView } from "./cluster-view.ts";
import { type Action, decide, latestPod } from "./decide.ts";
import { keepLog } from "./keep-log.ts";
import type { KubernetesConfig } from "./kubernetes-config.ts";
import { readPodLog } from "./pod-log.ts";
import type { Notes, Places, Reports } from "./records.ts";
import { type Cluster, removePod } from "./remove.ts";
import type { TrackedAttempt, TrackedAttempts } from "./tracked-attempts.ts";

/** What advancing attempts needs. */
export type AdvanceParts = {
  readonly attempts: TrackedAttempts;
  readonly cluster: Cluster;
  readonly view: Pick<ClusterView, "at" | "lookUpJob">;
  readonly places: Pick<Places, "read">;
  readonly reports: Pick<Reports, "find">;
  readonly notes: Pick<Notes, "writeLog">;
  readonly settings: Pick<KubernetesConfig, "imageSeconds" | "keepLogs">;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Looks at one attempt and takes its next action, if there is one; safe to call at any time, as often as one likes. */
export type Advance = (tracked: TrackedAttempt) => void;

/** Milliseconds after which an action that failed is tried again. */
const retryMs = 1_000;

/** What is known of an attempt that is part of no Job. */
const nowhere: PlaceView = { job: null, pods: [], refusal: null, stuckSince: null };

/**
 * Brings attempts to their ends. This is the one place where anything is decided: changes in the cluster, timers, reports,
 * periodic looks and starts all come here, and `decide` says what they mean.
 */
export const createAdvance = (parts: AdvanceParts): Advance => {
  const { attempts, view, settings, log, signal } = parts;
  const advance: Advance = (tracked) => {
    const { attempt, place, report } = tracked;
    if (place === undefined || tracked.busy || signal.aborted || !attempts.has(tracked)) return;
    const now = Date.now();
    const seen = place === null ? nowhere : view.at(place);
    // Without a view of the cluster only a report can be believed.
    if (seen === null && report === null) return;
    const action = decide(
      { place, report, timeout: attempt.manifest.resources.timeout },
      { now, startTimeoutMs: settings.imageSeconds * 1000, ...(seen ?? nowhere) },
    );
    if (action.do === "wait") {
      attempts.wait(tracked, action.why);
      if (action.until !== undefined) attempts.lookIn(tracked, action.until - now + 1, advance);
      return;
    }
    tracked.busy = true;
    act(parts, tracked, action, seen ?? nowhere)
      .catch((error: unknown) => {
        log.warn({ err: error, attempt: attempt.id }, "the end of an attempt cannot be had yet");
        return null;
      })
      .then((ending) => {
        tracked.busy = false;
        if (ending === null) attempts.lookIn(tracked, retryMs, advance);
        else attempts.end(tracked, ending);
      });
  };
  return advance;
};

/** Takes an action. @returns the ending, or null when the attempt is to be looked at again */
const act = async (
  parts: AdvanceParts,
  tracked: TrackedAttempt,
  action: Exclude<Action, { do: "wait" }>,
  { pods }: PlaceView,
): Promise<Ending | null> => {
  const { cluster, settings } = parts;
  const { attempt } = tracked;
  switch (action.do) {
    case "finish": {
      // The status of a Pod is often behind its report.
      const pod = latestPod(pods);
      if (settings.keepLogs === "all" && pod !== undefined) keepLog(parts, attempt, pod);
      return endingOf(action.report);
    }
    case "exit": {
      const log = await readPodLog(cluster, action.pod);
      await removePod(cluster, action.pod);
      return failedExit(attempt, { ...action.exit, log });
    }
    case "end": {
      const log = action.pod === null ? "" : await readPodLog(cluster, action.pod);
      if (action.pod !== null) await removePod(cluster, action.pod);
      return failed(action.outcome, action.reason, { exitCode: null, log });
    }
    case "search":
      return search(parts, tracked, action.reason);
  }
};

/** Nobody will report any more: what lies in the records and in the bucket counts. */
const search = async (
  { view, places, reports }: AdvanceParts,
  { attempt, place }: TrackedAttempt,
  reason: string,
): Promise<Ending | null> => {
  if (place != null && view.at(place)?.job === null) {
    // The view may be behind: a replica that is dead now may have created the Job a moment ago.
    if ((await view.lookUpJob(place.job)) !== null) return null;
  }
  const report = (await places.read(attempt.id))?.report ?? (await reports.find(attempt));
  return report === null ? failed("lost", reason) : endingOf(report);
};

const endingOf = (report: AttemptReport): Ending =>
  report.outcome === "succeeded"
    ? { outcome: "succeeded", reason: "", exitCode: 0, outputs: report.outputs, log: "" }
    : failed(report.outcome, report.reason, { exitCode: report.outcome === "bad-output" ? 0 : null, log: "" });
