import { setImmediate as breathe } from "node:timers/promises";
import { transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import postgres from "postgres";
import { crashPoint } from "../crash-points.ts";
import { secondsSince } from "../metrics.ts";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import { applyPlans } from "./apply-plans.ts";
import { planTask } from "./plan-task.ts";
import { readKnown } from "./read-known.ts";
import { readOpenTasks, type TaskToPlan } from "./read-open-tasks.ts";

/** Tasks that are planned together. */
const batch = 1_000;

/**
 * Plans every open task, in batches with a fixed number of statements. Runs in one replica at a time, so that two tasks with
 * one key never make two executions.
 */
export const planOpenTasks = async (scheduler: Scheduler): Promise<void> => {
  while (!scheduler.signal.aborted) {
    const tasks = await readOpenTasks(scheduler, batch);
    if (tasks.length === 0) return;
    const begin = performance.now();
    await planAll(scheduler, tasks);
    scheduler.metrics.planned(tasks.length, secondsSince(begin));
    crashPoint("plan.written");
    await breathe();
  }
};

/** What cannot be planned fails by itself: halves are tried until it is alone. */
const planAll = async (scheduler: Scheduler, tasks: readonly TaskToPlan[]): Promise<void> => {
  try {
    const known = await readKnown(scheduler, tasks);
    const plans = tasks.map((task) => ({ task, plan: planTask(task, known) }));
    await transaction(scheduler.sql, (tx) => applyPlans(scheduler, tx, plans));
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    const [first] = tasks;
    if (tasks.length === 1 && first !== undefined) return refuse(scheduler, first, error);
    const half = Math.ceil(tasks.length / 2);
    await planAll(scheduler, tasks.slice(0, half));
    await planAll(scheduler, tasks.slice(half));
  }
};

/** Whether the data are at fault (class 22 of PostgreSQL's errors, a problem of ours), and not the database or the bucket. */
const isFaultOfData = (error: unknown): boolean => {
  if (error instanceof Problem) return error.code === "invalid";
  return error instanceof TypeError || (error instanceof postgres.PostgresError && error.code.startsWith("22"));
};

const refuse = (scheduler: Scheduler, { id }: TaskToPlan, error: unknown): Promise<void> => {
  const reason = `could not be planned: ${Problem.from(error).message}`;
  scheduler.log.error({ err: error, task: id }, "a task cannot be planned");
  return transaction(scheduler.sql, async (tx) => {
    await finishTasks(scheduler, tx, [{ task: id, outcome: "failed", reason, derivatives: [] }]);
  });
};
