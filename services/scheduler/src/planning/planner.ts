import { setImmediate as yieldToEvents } from "node:timers/promises";
import { transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { ServiceContext } from "@rollerblade/service-kit";
import postgres from "postgres";
import { crashPoint } from "../crash-points.ts";
import { type SchedulerMetrics, secondsSince } from "../metrics.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import { applyPlans, type PlanApplying } from "./apply-plans.ts";
import { type Known, planTask } from "./plan-task.ts";
import { type KnownReader, readKnown } from "./read-known.ts";
import { readOpenTasks, type TaskToPlan } from "./read-open-tasks.ts";

/** What planning needs. */
type Planning = KnownReader &
  PlanApplying &
  Pick<ServiceContext, "log" | "signal"> & { readonly metrics: Pick<SchedulerMetrics, "planned"> };

/** Tasks that are planned together: the number of statements does not depend on it, the length of one transaction does. */
const tasksPerBatch = 1_000;

/** Below every sequence. */
const beginning = Number.MIN_SAFE_INTEGER;

/** Tasks with what is known of them. */
type PlanBatch = {
  readonly tasks: readonly TaskToPlan[];
  readonly known: Promise<Known>;
  /** The sequence behind which the next batch begins. */
  readonly last: number;
};

/**
 * Plans every open task, in batches with a fixed number of statements; while one is written, what is known of the next is read.
 * It runs in one replica at a time, so that two tasks with one key never get two executions.
 */
export const planOpenTasks = async (scheduler: Planning): Promise<void> => {
  let next: PlanBatch | null = null;
  while (!scheduler.signal.aborted) {
    const batch: PlanBatch = next ?? (await readBatch(scheduler));
    const { length } = batch.tasks;
    if (length === 0) return;
    const begin = performance.now();
    const ahead = length < tasksPerBatch ? null : readBatch(scheduler, batch);
    // It is awaited only after the plans were written; until then nobody else handles its failure.
    ahead?.catch(() => {});
    await planAll(scheduler, batch.tasks, batch.known);
    scheduler.metrics.planned(length, secondsSince(begin));
    crashPoint("plan.written");
    await yieldToEvents();
    next = await ahead;
    if (next?.tasks.length === 0) next = null;
  }
};

/**
 * Reads the open tasks behind a batch. Those with one of its keys are left for later: what becomes of the key is only known once that
 * batch is written.
 */
const readBatch = async (reader: KnownReader, before: PlanBatch | null = null): Promise<PlanBatch> => {
  const keys = new Set(before?.tasks.map(({ key }) => key));
  const open = await readOpenTasks(reader.sql, before?.last ?? beginning, tasksPerBatch);
  const tasks = open.filter(({ key }) => !keys.has(key));
  const known = readKnown(reader, tasks);
  known.catch(() => {});
  return { tasks, known, last: open.at(-1)?.sequence ?? beginning };
};

/** Plans tasks and writes the plans. When their data are at fault, halves are tried until the one that is to blame is alone and fails. */
const planAll = async (scheduler: Planning, tasks: readonly TaskToPlan[], reading: Promise<Known>): Promise<void> => {
  try {
    const known = await reading;
    const plans = tasks.map((task) => ({ task, plan: planTask(task, known) }));
    await transaction(scheduler.sql, (tx) => applyPlans(scheduler, tx, plans));
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    const [first] = tasks;
    if (tasks.length === 1 && first !== undefined) return failUnplannable(scheduler, first, error);
    const half = Math.ceil(tasks.length / 2);
    for (const some of [tasks.slice(0, half), tasks.slice(half)])
      await planAll(scheduler, some, readKnown(scheduler, some));
  }
};

/** Tells whether the data are at fault (PostgreSQL's class 22 "Data Exception", an invalid input), and not the database or the bucket. */
const isFaultOfData = (error: unknown): boolean => {
  if (error instanceof Problem) return error.code === "invalid";
  return error instanceof TypeError || (error instanceof postgres.PostgresError && error.code.startsWith("22"));
};

const failUnplannable = (scheduler: Planning, { id }: TaskToPlan, error: unknown): Promise<void> => {
  const reason = `could not be planned: ${Problem.from(error).message}`;
  scheduler.log.error({ err: error, task: id }, "a task cannot be planned");
  return transaction(scheduler.sql, async (tx) => {
    await finishTasks(scheduler, tx, [{ task: id, outcome: "failed", reason, derivatives: [] }]);
  });
};
