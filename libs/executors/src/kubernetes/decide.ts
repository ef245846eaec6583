import { awayExitCode } from "@rollerblade/staging/exit-codes";
import type { AttemptOutcome } from "../executor.ts";
import type { Exit } from "../local/sandbox.ts";
import type { AttemptReport } from "./attempt-report.ts";
import { type JobStatus, namesIndex } from "./job-status.ts";
import type { ContainerStatus, PodStatus } from "./pod-status.ts";
import type { Refusal } from "./refusal.ts";

/** What the table knows of an attempt that runs. */
export type Watched = {
  /** Its Job and its index there; null when it was never given to one. */
  readonly place: { readonly job: string; readonly index: number } | null;
  /** The last state of its Pod. */
  readonly report: AttemptReport | null;
  /** Seconds that the analysis may take. */
  readonly timeout: number;
};

/** What there is of it in the cluster. */
export type Observed = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Null when it is certainly not there. */
  readonly job: JobStatus | null;
  /** Every Pod that was made for its index, disrupted ones too. */
  readonly pods: readonly PodStatus[];
  /** Why the cluster makes no Pods of the Job. */
  readonly refusal: Refusal | null;
  /** Since when its Pod cannot start a container. */
  readonly stuckSince: number | null;
  /** Milliseconds after which a refusal, or a container that cannot start, ends the attempt. */
  readonly startTimeoutMs: number;
};

/** What is to be done next. */
export type Action =
  /** Nothing: `why` says what is in its way, `until` when to look again though nothing happens. */
  | { readonly do: "wait"; readonly why: string; readonly until?: number }
  | { readonly do: "finish"; readonly report: AttemptReport }
  /** The analysis is over, and not well. */
  | { readonly do: "exit"; readonly exit: Omit<Exit, "log">; readonly pod: PodStatus }
  | { readonly do: "end"; readonly outcome: AttemptOutcome; readonly reason: string; readonly pod: PodStatus | null }
  /** Nobody will report any more: a manifest in the bucket counts, and without one the attempt is lost. */
  | { readonly do: "search"; readonly reason: string };

/** Milliseconds after which a Pod that should be gone is taken for gone: its node does not answer. */
const silence = 60_000;

/** Decides what becomes of an attempt. A report counts whatever else is seen; a Pod's phase alone never makes a success. */
export const decide = (watched: Watched, observed: Observed): Action => {
  const { place, report } = watched;
  if (report !== null) return { do: "finish", report };
  if (place === null) return { do: "search", reason: "it was never given to a Job" };
  const pod = latestPod(observed.pods);
  if (pod === undefined) return withoutPod(place.index, observed);
  if (pod.disrupted !== null) return afterDisruption(pod, observed);
  return withPod(pod, watched, observed);
};

/** The last one that the cluster did not take away, else the last one. */
export const latestPod = (pods: readonly PodStatus[]): PodStatus | undefined => {
  const sorted = pods.toSorted((a, b) => b.created - a.created || (a.name < b.name ? 1 : -1));
  return sorted.find(({ disrupted }) => disrupted === null) ?? sorted[0];
};

const withoutPod = (index: number, { job, refusal, now, startTimeoutMs }: Observed): Action => {
  if (job === null) return { do: "search", reason: "its Job was deleted" };
  if (namesIndex(job.failed, index)) return { do: "search", reason: "its Pod was removed" };
  if (namesIndex(job.completed, index) || job.finished) return { do: "search", reason: "its Pod is gone" };
  if (job.suspended) return { do: "wait", why: "waits to be let in by the queue" };
  if (refusal === null) return { do: "wait", why: "" };
  // A quota has room again when something else ends; any other refusal stays one.
  if (/exceeded quota|is forbidden: .*quota/i.test(refusal.message)) return { do: "wait", why: refusal.message };
  if (now - refusal.since < startTimeoutMs)
    return { do: "wait", why: refusal.message, until: refusal.since + startTimeoutMs };
  return { do: "end", outcome: "refused", reason: `the cluster refuses its Pod: ${refusal.message}`, pod: null };
};

const afterDisruption = (pod: PodStatus, { job, now }: Observed): Action => {
  if (job === null) return { do: "search", reason: "its Job was deleted" };
  if (pod.deleting !== null && now > pod.deleting + silence)
    return { do: "search", reason: `its node does not answer (${pod.disrupted})` };
  const until = pod.deleting === null ? {} : { until: pod.deleting + silence + 1 };
  return { do: "wait", why: `was interrupted (${pod.disrupted}); another Pod follows`, ...until };
};

const withPod = (pod: PodStatus, { timeout }: Watched, observed: Observed): Action => {
  const { now, job } = observed;
  const over = pod.phase === "Failed" || pod.phase === "Succeeded";
  // Somebody deleted it: what its containers say then is the deletion's doing.
  if (pod.deleting !== null) {
    if (job?.suspended === true) return { do: "wait", why: "waits to be let in by the queue again" };
    if (over || now > pod.deleting + silence) return { do: "search", reason: "its Pod was deleted" };
    return { do: "wait", why: "", until: pod.deleting + silence + 1 };
  }
  if (pod.reason === "DeadlineExceeded") return exit(pod, "timed-out");
  const { stageIn, analysis, stageOut } = pod;
  const cutOff = [stageIn, analysis, stageOut].find(wasCutOff);
  if (cutOff !== undefined) return { do: "search", reason: `its node was interrupted: ${cutOff.message.trim()}` };
  if (isFailure(stageIn)) return stagingFailed(pod, stageIn, "its inputs could not be brought in");
  if (isFailure(analysis)) return analysisFailed(pod, analysis);
  if (isFailure(stageOut)) return stagingFailed(pod, stageOut, "its outputs could not be stored");
  if (pod.phase === "Succeeded") return { do: "search", reason: "its Pod ended without a word" };
  if (pod.phase === "Failed") return podFailed(pod);
  if (analysis?.state === "running" && analysis.startedAt > 0) {
    const end = analysis.startedAt + timeout * 1000;
    return now >= end ? exit(pod, "timed-out") : { do: "wait", why: "", until: end };
  }
  if (pod.unschedulable !== null) return { do: "wait", why: pod.unschedulable };
  return stuck(pod, observed);
};

type Terminated = Extract<ContainerStatus, { state: "terminated" }>;

const isFailure = (container: ContainerStatus | null): container is Terminated =>
  container?.state === "terminated" && container.exitCode !== 0;

/** The kubelet or the container runtime went away while it started a container, which never ran: nobody's failure. */
const wasCutOff = (container: ContainerStatus | null): container is Terminated =>
  isFailure(container) &&
  (container.reason === "StartError" || container.reason === "ContainerCannotRun") &&
  /context canceled|ttrpc: closed|transport is closing/.test(container.message);

const exit = (pod: PodStatus, how: Exit["how"], exitCode: number | null = null): Action => ({
  do: "exit",
  exit: { how, exitCode, signal: null },
  pod,
});

const analysisFailed = (pod: PodStatus, ended: Terminated): Action => {
  if (ended.reason === "OOMKilled") return exit(pod, "out-of-memory", ended.exitCode);
  // It never ran: the runtime could not make or start it.
  if (ended.reason === "StartError" || ended.reason === "ContainerCannotRun")
    return { do: "exit", exit: { how: "not-started", exitCode: null, signal: null, reason: ended.message }, pod };
  return exit(pod, "exited", ended.exitCode);
};

/**
 * Staging that runs out of memory is our own fault: no more memory of the analysis would help. What the object store or the network did
 * not give is nobody's.
 */
const stagingFailed = (pod: PodStatus, ended: Terminated, what: string): Action => {
  const why = ended.reason === "OOMKilled" ? "out of memory" : ended.message.trim() || `exit code ${ended.exitCode}`;
  const outcome = ended.exitCode === awayExitCode ? "unavailable" : "failed";
  return { do: "end", outcome, reason: `${what}: ${why}`, pod };
};

/** Reasons by which a node refuses a Pod that the scheduler had given it: nobody's failure. */
const notTaken = /^(OutOf|Node|Preempting|Shutdown|Terminated|UnexpectedAdmissionError|Unknown)/;

const podFailed = (pod: PodStatus): Action => {
  const reason = [pod.reason, pod.message].filter((part) => part !== "").join(": ") || "its Pod failed";
  if (notTaken.test(pod.reason)) return { do: "search", reason };
  return { do: "end", outcome: "failed", reason, pod };
};

/** Reasons for which a container waits without any hope that it might start by itself soon. */
const hopeless = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ImageInspectError",
  "ErrImageNeverPull",
  "RegistryUnavailable",
  "InvalidImageName",
  "SignatureValidationFailed",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/** What a container of this Pod cannot start for; undefined when all is well. */
export const stuckBy = ({ stageIn, analysis, stageOut }: PodStatus): string | undefined => {
  const waiting = [stageIn, analysis, stageOut].find(
    (container) => container?.state === "waiting" && hopeless.has(container.reason),
  );
  if (waiting?.state !== "waiting") return undefined;
  return waiting.message === "" ? waiting.reason : `${waiting.reason}: ${waiting.message}`;
};

/** Words of a container runtime whose registry does not answer, or answers that it is busy: the image may be had later. */
const registryAway =
  /RegistryUnavailable|i\/o timeout|connection refused|connection reset|no route to host|TLS handshake timeout|server misbehaving|Temporary failure in name resolution|toomanyrequests|\b(429|500|502|503|504) [A-Z]/;

const stuck = (pod: PodStatus, { stuckSince, now, startTimeoutMs }: Observed): Action => {
  const why = stuckBy(pod);
  if (why === undefined) return { do: "wait", why: "" };
  const since = stuckSince ?? now;
  if (now - since < startTimeoutMs) return { do: "wait", why, until: since + startTimeoutMs };
  const outcome = registryAway.test(why) ? "unavailable" : "failed";
  return { do: "end", outcome, reason: `could not be started: ${why}`, pod };
};
