import type { Logger } from "@rollerblade/telemetry";
import { commandArguments } from "../command-arguments.ts";
import { cancelled, failed } from "../endings.ts";
import type { Executor } from "../executor.ts";
import { adoptAttempt } from "./adopt-attempt.ts";
import { createAdvance } from "./advance-attempt.ts";
import type { AttemptReport } from "./attempt-report.ts";
import { type JobSettings, podPaths } from "./build-job.ts";
import { createCancelling } from "./cancel-attempts.ts";
import type { ClusterView } from "./cluster-view.ts";
import { createGathering } from "./gather-batches.ts";
import type { KubernetesConfig } from "./kubernetes-config.ts";
import { followPodLog } from "./pod-log.ts";
import type { Notes, Places, Reports } from "./records.ts";
import type { Cluster } from "./remove.ts";
import { createJobRemoval } from "./remove-jobs.ts";
import { sendBatch } from "./send-batch.ts";
import { createTrackedAttempts } from "./tracked-attempts.ts";

/** What the executor needs. */
export type KubernetesParts = {
  readonly cluster: Cluster;
  readonly view: ClusterView;
  readonly settings: KubernetesConfig & Pick<JobSettings, "installation">;
  readonly places: Places;
  readonly reports: Reports;
  readonly notes: Notes;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Calls `work` every so many milliseconds until the signal aborts. */
  readonly every: (name: string, ms: number, work: () => Promise<void>) => void;
  /** See `SendParts`. */
  readonly crashPoint: (name: "job.placed" | "job.made") => void;
};

/** The executor, and how reports of Pods reach it. */
export type KubernetesExecutor = Executor & {
  /** Keeps a report and acts on it, if the attempt is ours. */
  report(attempt: string, report: AttemptReport): Promise<void>;
};

/** Milliseconds between two times that the reasons for which attempts wait are written down. */
const reasonsMs = 250;

/** Runs attempts as Pods of a cluster: many in one Job, each with an index of its own. */
export const createKubernetesExecutor = (given: KubernetesParts): KubernetesExecutor => {
  const { cluster, view, settings, places, reports, notes, every } = given;
  const attempts = createTrackedAttempts();
  const advance = createAdvance({ ...given, attempts });
  const parts = { ...given, attempts, advance };
  const gathering = createGathering(
    {
      maxAttempts: settings.maxBatch,
      lingerMs: settings.batchMilliseconds,
      byOwner: settings.queue?.includes("{owner}") === true,
    },
    (batch) => void sendBatch(parts, batch),
  );
  const cancelSoon = createCancelling(parts);
  const removeJobs = createJobRemoval({ ...given, maxFinishedPods: settings.finishedPods });

  const received = (id: string, report: AttemptReport): void => {
    const tracked = attempts.get(id);
    if (tracked === undefined) return;
    tracked.report = report;
    advance(tracked);
  };
  const writeReasons = async (): Promise<void> => {
    const reasons = attempts.takeReasons();
    if (reasons.size > 0) await notes.writeWaiting(reasons);
  };
  void view.follow((place) => {
    const tracked = attempts.at(place);
    if (tracked !== undefined) advance(tracked);
  });
  every("cluster waiting", reasonsMs, writeReasons);

  return {
    kind: "kubernetes",
    capacity: null,
    outlivesUs: true,
    submit(attempt) {
      if (attempts.get(attempt.id) !== undefined) return;
      const tracked = attempts.track(attempt);
      const { id, manifest, memory, rank, owner, image } = attempt;
      if (image === null)
        return attempts.end(tracked, failed("refused", "it has no image, and a cluster runs nothing else"));
      try {
        const argv = commandArguments(manifest.command, attempt, { ...podPaths, work: "/tmp" });
        gathering.add({ attempt: id, manifest, image, argv, memory, rank, owner });
      } catch (error) {
        attempts.end(tracked, failed("refused", error instanceof Error ? error.message : String(error)));
      }
    },
    observe(attempt) {
      const known = attempts.get(attempt.id);
      if (known !== undefined) return known.ending;
      const tracked = attempts.track(attempt);
      void adoptAttempt(parts, tracked);
      return tracked.ending;
    },
    async cancel(id) {
      gathering.remove(id);
      const tracked = attempts.get(id);
      if (tracked === undefined) return;
      if (tracked.place == null) attempts.end(tracked, cancelled());
      else cancelSoon(tracked);
    },
    async reconcile() {
      for (const tracked of attempts.all()) advance(tracked);
      await removeJobs();
    },
    async handleReports() {
      for (const { id, report } of await reports.read()) received(id, report);
    },
    async report(id, report) {
      await reports.keep(id, report);
      received(id, report);
    },
    async follow(id) {
      const place = (await places.read(id))?.place;
      const pods = place == null ? [] : (view.at(place)?.pods ?? []);
      const pod = pods.find(({ analysis }) => analysis !== null && analysis.state !== "waiting");
      return pod === undefined ? null : followPodLog(cluster, pod);
    },
    async close() {
      attempts.stop();
      await writeReasons().catch(() => {});
      cluster.client.close();
    },
  };
};
