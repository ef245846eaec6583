import { counter, durations, gauge, type Registry } from "@rollerblade/telemetry";

/** What the scheduler counts and measures. */
export type SchedulerMetrics = {
  /** An attempt ended; seconds from its claim to its end. */
  attemptEnded(outcome: string, executor: string, seconds: number): void;
  /** A task became final. */
  taskFinished(outcome: string): void;
  /** A publication took so many seconds. */
  published(seconds: number): void;
  /** Planning a batch of tasks took so many seconds. */
  planned(tasks: number, seconds: number): void;
  /** Registers a gauge whose number is read at each scrape of `/metrics`. */
  watch(what: "attempts" | "publications", read: () => number): void;
};

/** Registers the scheduler's metrics. Their names are part of its interface: dashboards and the autoscaler read them. */
export const createMetrics = (registry: Registry): SchedulerMetrics => {
  const attempts = durations(registry, "rollerblade_attempt_seconds", "From the claim of an attempt to its end.", [
    "outcome",
    "executor",
  ]);
  const tasks = counter(registry, "rollerblade_tasks_finished_total", "Tasks that became final.", ["outcome"]);
  const publishing = durations(registry, "rollerblade_publish_seconds", "Publishing the outputs of one task.");
  const planning = durations(registry, "rollerblade_plan_seconds", "Planning one batch of tasks.");
  const plannedTasks = counter(registry, "rollerblade_tasks_planned_total", "Tasks that were planned.");
  return {
    attemptEnded: (outcome, executor, seconds) => attempts.observe({ outcome, executor }, seconds),
    taskFinished: (outcome) => tasks.inc({ outcome }),
    published: (seconds) => publishing.observe(seconds),
    planned: (count, seconds) => {
      planning.observe(seconds);
      plannedTasks.inc(count);
    },
    watch: (what, read) =>
      void gauge(registry, `rollerblade_${what}_in_hand`, `How many ${what} are in flight in this replica.`, read),
  };
};

/** Seconds since a moment of `performance.now()`. */
export const secondsSince = (begin: number): number => (performance.now() - begin) / 1000;
