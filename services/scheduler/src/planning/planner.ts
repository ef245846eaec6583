import { setImmediate as breathe } from "node:timers/promises";
import { transaction } from "@rollerblade/database";
import { crashPoint } from "../crash-points.ts";
import type { Scheduler } from "../scheduler.ts";
import { applyPlans } from "./apply-plans.ts";
import { planTask } from "./plan-task.ts";
import { readKnown } from "./read-known.ts";
import { readOpenTasks } from "./read-open-tasks.ts";

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
    const known = await readKnown(scheduler, tasks);
    const plans = tasks.map((task) => ({ task, plan: planTask(task, known) }));
    await transaction(scheduler.sql, (tx) => applyPlans(scheduler, tx, plans));
    crashPoint("plan.written");
    await breathe();
  }
};
