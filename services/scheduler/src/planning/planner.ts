import { setImmediate as breathe } from "node:timers/promises";
import { transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import postgres from "postgres";
import { crashPoint } from "../crash-points.ts";
import { secondsSince } from "../metrics.ts";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import { applyPlans } from "./apply-plans.ts";
import { type Known, planTask } from "./plan-task.ts";
import { readKnown } from "./read-known.ts";
import { readOpenTasks, type TaskToPlan } from "./read-open-tasks.ts";

/** Tasks that are planned together. */
const most = 1_000;

/** Below every sequence. */
const beginning = Number.MIN_SAFE_INTEGER;

/** Tasks with what is known of them. */
type Batch = {
  readonly tasks: readonly TaskToPlan[];
  readonly known: Promise<Known>;
  /** The sequence behind which the next batch begins. */
  readonly last: number;
};

/**
 * Plans every open task, in batches with a fixed number of statements; while one is written down, what is known of the next is read.
 * Runs in one replica at a time, so that two tasks with one key never make two executions.
 */
export const planOpenTasks = async (scheduler: Scheduler): Promise<void> => {
  let next: Batch | null = null;
  while (!scheduler.signal.aborted) {
    const batch: Batch = next ?? (await readBatch(scheduler));
    const { length } = batch.tasks;
    if (length === 0) return;
    const begin = performance.now();
    const ahead = length < most ? null : readBatch(scheduler, batch);
    ahead?.catch(() => {});
    await planAll(scheduler, batch.tasks, batch.known);
    scheduler.metrics.planned(length, secondsSince(begin));
    crashPoint("plan.written");
    await breathe();
    next = await ahead;
    if (next?.tasks.length === 0) next = null;
  }
};

/** The open tasks behind a batch. What has one of its keys comes later, when it is written down what became of that. */
const readBatch = async (scheduler: Scheduler, before: Batch | null = null): Promise<Batch> => {
  const keys = new Set(before?.tasks.map(({ key }) => key));
  const open = await readOpenTasks(scheduler, before?.last ?? beginning, most);
  const tasks = open.filter(({ key }) => !keys.has(key));
  const known = readKnown(scheduler, tasks);
  known.catch(() => {});
  return { tasks, known, last: open.at(-1)?.sequence ?? beginning };
};

/** What cannot be planned fails by itself: halves are tried until it is alone. */
const planAll = async (scheduler: Scheduler, tasks: readonly TaskToPlan[], reading: Promise<Known>): Promise<void> => {
  try {
    const known = await reading;
    const plans = tasks.map((task) => ({ task, plan: planTask(task, known) }));
    await transaction(scheduler.sql, (tx) => applyPlans(scheduler, tx, plans));
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    const [first] = tasks;
    if (tasks.length === 1 && first !== undefined) return refuse(scheduler, first, error);
    const half = Math.ceil(tasks.length / 2);
    for (const some of [tasks.slice(0, half), tasks.slice(half)])
      await planAll(scheduler, some, readKnown(scheduler, some));
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
