import { createBatcher } from "../../batcher.ts";
import { crashPoint } from "../../crash-points.ts";
import type { Scheduler } from "../../scheduler.ts";
import type { AttemptReport } from "../../schema.ts";
import { commandArguments } from "../command-arguments.ts";
import { cancelled, failed, failedExit } from "../endings.ts";
import type { Ending, Executor, Job } from "../executor.ts";
import { jobsInUse, readPlaces, readReports, writePlaces, writeReports, writeWaiting } from "./attempt-rows.ts";
import { type Batch, buildJob, type JobSettings, jobName, podPaths } from "./build-job.ts";
import { type ClusterView, type Place, placeKey } from "./cluster-view.ts";
import { type Action, decide, latestPod } from "./decide.ts";
import { findManifest } from "./find-manifest.ts";
import { createGathering } from "./gather-batches.ts";
import { keepLog } from "./keep-log.ts";
import { makeJob } from "./make-job.ts";
import { followPodLog, readPodLog } from "./pod-log.ts";
import { type Cluster, removeJob, removePod } from "./remove.ts";
import type { PodSeen } from "./seen.ts";
import { surplusJobs } from "./surplus-jobs.ts";

/** What the executor needs. */
export type KubernetesParts = {
  readonly scheduler: Scheduler;
  readonly cluster: Cluster;
  readonly view: ClusterView;
  readonly settings: JobSettings;
};

/** The executor, and how reports of Pods reach it. */
export type KubernetesExecutor = Executor & {
  report(attempt: string, report: AttemptReport): Promise<void>;
};

type Tracked = {
  readonly job: Job;
  readonly ending: Promise<Ending>;
  readonly resolve: (ending: Ending) => void;
  /** Null while it waits to become part of a Job. */
  place: Place | null;
  /** Whether what the table knows of it is known here. */
  placed: boolean;
  report: AttemptReport | null;
  /** What was last said to be in its way. */
  said: string;
  /** Whether something is being done about it just now. */
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
};

/** Milliseconds after which something that failed is tried again, and that cancellations are gathered. */
const pause = 1_000;
const gather = 30;

/** Longest time that a timer is set for, in milliseconds; the periodic look does the rest. */
const longest = 600_000;

/** Milliseconds after which a Job in which nothing runs any more is removed before it has finished. */
const idle = 60_000;

/** Runs attempts as Pods of a cluster: many in one Job, each with its own index. */
export const createKubernetesExecutor = ({
  scheduler,
  cluster,
  view,
  settings,
}: KubernetesParts): KubernetesExecutor => {
  const { sql, config, log, objects, signal, replica } = scheduler;
  const tracked = new Map<string, Tracked>();
  const byPlace = new Map<string, Tracked>();
  const words = new Map<string, string>();
  const idleSince = new Map<string, number>();

  const track = (job: Job): Tracked => {
    const { promise: ending, resolve } = Promise.withResolvers<Ending>();
    const one: Tracked = {
      ...{ job, ending, resolve, place: null, placed: false, report: null, said: "", busy: false, timer: undefined },
    };
    tracked.set(job.attempt, one);
    return one;
  };
  const put = (one: Tracked, place: Place | null): void => {
    one.place = place;
    one.placed = true;
    if (place !== null) byPlace.set(placeKey(place), one);
  };
  const end = (one: Tracked, ending: Ending): void => {
    clearTimeout(one.timer);
    if (!tracked.delete(one.job.attempt)) return;
    if (one.place !== null) byPlace.delete(placeKey(one.place));
    words.delete(one.job.attempt);
    one.resolve(ending);
  };
  const say = (one: Tracked, why: string): void => {
    if (one.said === why) return;
    one.said = why;
    words.set(one.job.attempt, why);
  };
  const lookIn = (one: Tracked, milliseconds: number): void => {
    clearTimeout(one.timer);
    one.timer = setTimeout(() => look(one), Math.min(Math.max(0, milliseconds), longest)).unref();
  };

  /** The one place where anything is decided: changes in the cluster, timers, reports, periodic looks and starts all come here. */
  const look = (one: Tracked): void => {
    if (!one.placed || one.busy || signal.aborted || !tracked.has(one.job.attempt)) return;
    const now = Date.now();
    const seen = one.place === null ? nowhere : view.at(one.place);
    // Without a view of the cluster only a report can be believed.
    if (seen === null && one.report === null) return;
    const patience = config.imageSeconds * 1000;
    const { timeout } = one.job.manifest.resources;
    const watched = { place: one.place, report: one.report, timeout };
    const action = decide(watched, { now, patience, ...(seen ?? nowhere) });
    if (action.do === "wait") {
      say(one, action.why);
      if (action.until !== undefined) lookIn(one, action.until - now + 1);
      return;
    }
    one.busy = true;
    act(one, action, seen?.pods ?? [])
      .catch((error: unknown) => {
        log.warn({ err: error, attempt: one.job.attempt }, "the end of an attempt cannot be had yet");
        lookIn(one, pause);
      })
      .finally(() => {
        one.busy = false;
      });
  };

  const act = async (
    one: Tracked,
    action: Exclude<Action, { do: "wait" }>,
    pods: readonly PodSeen[],
  ): Promise<void> => {
    const { job } = one;
    switch (action.do) {
      case "finish": {
        end(one, endingOf(action.report));
        // Its status is often behind its report.
        const pod = latestPod(pods);
        if (config.keepLogs === "all" && pod !== undefined) keepLog(scheduler, cluster, job, pod);
        return;
      }
      case "exit": {
        const text = await readPodLog(cluster, action.pod);
        await removePod(cluster, action.pod);
        return end(one, failedExit(job, { ...action.exit, log: text }));
      }
      case "end": {
        const text = action.pod === null ? "" : await readPodLog(cluster, action.pod);
        if (action.pod !== null) await removePod(cluster, action.pod);
        return end(one, failed(action.outcome, action.reason, { exitCode: null, log: text }));
      }
      case "search":
        return search(one, action.reason);
    }
  };

  /** Nobody will say anything any more: what lies in the bucket counts. */
  const search = async (one: Tracked, reason: string): Promise<void> => {
    if (one.place !== null && view.at(one.place)?.job === null) {
      // The view may be behind: the Job was made a moment ago, by a replica that is dead now.
      if ((await view.lookUpJob(one.place.job)) !== null) return lookIn(one, pause);
    }
    const { execution, attempt, manifest } = one.job;
    const [row] = await readPlaces(sql, [attempt]);
    const report = row?.report ?? (await findManifest(objects, { execution, attempt, manifest }));
    end(one, report === null ? failed("lost", reason) : endingOf(report));
  };

  const dispatch = async (batch: Batch): Promise<void> => {
    const members = batch.attempts.map((attempt) => tracked.get(attempt));
    const each = (work: (one: Tracked, index: number) => void): void => {
      for (const [index, one] of members.entries())
        if (one !== undefined && tracked.has(one.job.attempt)) work(one, index);
    };
    const wanted = (): boolean => members.some((one) => one !== undefined && tracked.has(one.job.attempt));
    const name = jobName(batch);
    try {
      await writePlaces(sql, replica, name, batch.attempts);
      crashPoint("job.placed");
      const waits = (why: string): void => each((one) => say(one, why));
      const made = await makeJob({ ...cluster, signal, waits, wanted }, { name, body: buildJob(settings, batch) });
      crashPoint("job.made");
      if (made === null) return;
      view.made(made);
      each((one, index) => {
        put(one, { job: name, index });
        say(one, "");
        look(one);
      });
      if (!wanted()) await removeJob(cluster, name);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ err: error, job: name }, "the cluster refuses a Job");
      each((one) => end(one, failed("refused", `the cluster refuses its Job: ${why}`)));
    }
  };
  const gathering = createGathering(
    { most: config.batchMost, window: config.batchMilliseconds, byOwner: settings.queue?.includes("{owner}") === true },
    (batch) => void dispatch(batch),
  );

  /** Attempts that an earlier process began are looked up together. */
  const adopt = createBatcher<Tracked, null>({ most: 1_000 }, async (ones) => {
    const rows = new Map(
      (
        await readPlaces(
          sql,
          ones.map(({ job }) => job.attempt),
        )
      ).map((row) => [row.id, row]),
    );
    for (const one of ones) {
      const row = rows.get(one.job.attempt);
      // One that came in meanwhile is not in the row yet.
      one.report ??= row?.report ?? null;
      put(one, row?.place ?? null);
      look(one);
    }
    return ones.map(() => null);
  });
  const startAdopting = (one: Tracked): void => {
    adopt(one).catch((error: unknown) => {
      log.warn({ err: error, attempt: one.job.attempt }, "an attempt cannot be adopted yet");
      setTimeout(() => !signal.aborted && startAdopting(one), pause).unref();
    });
  };

  const cancel = createBatcher<Tracked, null>({ most: 10_000, linger: gather }, async (ones) => {
    const jobs = [...new Set(ones.flatMap(({ place }) => (place === null ? [] : [place.job])))];
    const inUse = await jobsInUse(
      sql,
      jobs,
      ones.map(({ job }) => job.attempt),
    );
    for (const job of jobs) if (!inUse.has(job)) await removeJob(cluster, job);
    for (const { place } of ones) {
      if (place === null || !inUse.has(place.job)) continue;
      for (const pod of view.at(place)?.pods ?? []) await removePod(cluster, pod);
    }
    for (const one of ones) end(one, cancelled());
    return ones.map(() => null);
  });

  const keepReport = createBatcher<{ attempt: string; report: AttemptReport }, null>({ most: 500 }, async (reports) => {
    await writeReports(sql, replica, reports);
    return reports.map(() => null);
  });
  const hearReport = (attempt: string, report: AttemptReport): void => {
    const one = tracked.get(attempt);
    if (one === undefined) return;
    one.report = report;
    look(one);
  };

  const saySoon = async (): Promise<void> => {
    if (words.size === 0) return;
    const said = new Map(words);
    words.clear();
    await writeWaiting(sql, said);
  };
  const removeSurplusJobs = async (): Promise<void> => {
    const names = surplusJobs(view.jobs(), config.finishedPods).map(({ name }) => name);
    if (names.length === 0) return;
    const inUse = await jobsInUse(sql, names);
    for (const name of names) if (!inUse.has(name)) await removeJob(cluster, name);
  };
  const removeIdleJobs = async (): Promise<void> => {
    const open = view.jobs().filter(({ finished }) => !finished);
    const inUse = await jobsInUse(
      sql,
      open.map(({ name }) => name),
    );
    for (const name of idleSince.keys()) if (inUse.has(name)) idleSince.delete(name);
    for (const { name } of open) {
      if (inUse.has(name)) continue;
      const since = idleSince.get(name) ?? Date.now();
      idleSince.set(name, since);
      if (Date.now() - since < idle) continue;
      await removeJob(cluster, name);
      idleSince.delete(name);
    }
  };

  void view.follow((place) => {
    const one = byPlace.get(placeKey(place));
    if (one !== undefined) look(one);
  });
  scheduler.every("cluster waiting", 250, saySoon);

  return {
    kind: "kubernetes",
    capacity: null,
    outlivesUs: true,
    submit(job) {
      if (tracked.has(job.attempt)) return;
      const one = track(job);
      const { manifest, memory, rank, owner, attempt, image } = job;
      if (image === null) return end(one, failed("refused", "it has no image, and a cluster runs nothing else"));
      try {
        const argv = commandArguments(manifest.command, job, podPaths);
        gathering.add({ attempt, manifest, image, argv, memory, rank, owner });
      } catch (error) {
        end(one, failed("refused", error instanceof Error ? error.message : String(error)));
      }
    },
    observe(job) {
      const known = tracked.get(job.attempt);
      if (known !== undefined) return known.ending;
      const one = track(job);
      startAdopting(one);
      return one.ending;
    },
    async cancel(attempt) {
      gathering.remove(attempt);
      const one = tracked.get(attempt);
      if (one === undefined) return;
      if (one.place === null) return end(one, cancelled());
      void cancel(one).catch((error: unknown) =>
        log.warn({ err: error, attempt }, "an attempt cannot be cancelled yet"),
      );
    },
    async reconcile() {
      for (const one of [...tracked.values()]) look(one);
      await removeIdleJobs();
      await removeSurplusJobs();
    },
    async hear() {
      for (const { id, report } of await readReports(sql, replica)) hearReport(id, report);
    },
    async report(attempt, report) {
      await keepReport({ attempt, report });
      hearReport(attempt, report);
    },
    async follow(attempt) {
      const [row] = await readPlaces(sql, [attempt]);
      const pods = row?.place == null ? [] : (view.at(row.place)?.pods ?? []);
      const pod = pods.find(({ analysis }) => analysis !== null && analysis.state !== "waiting");
      return pod === undefined ? null : followPodLog(cluster, pod);
    },
    async close() {
      for (const { timer } of tracked.values()) clearTimeout(timer);
      await saySoon().catch(() => {});
      cluster.client.close();
    },
  };
};

const nowhere = { job: null, pods: [], refusal: null, stuckSince: null } as const;

const endingOf = (report: AttemptReport): Ending =>
  report.outcome === "succeeded"
    ? { outcome: "succeeded", reason: "", exitCode: 0, outputs: report.outputs, log: "" }
    : failed(report.outcome, report.reason, { exitCode: report.outcome === "bad-output" ? 0 : null, log: "" });
