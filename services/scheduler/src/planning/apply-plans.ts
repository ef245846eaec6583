import { columnsOf, insertRecords, recordset, type Transaction } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import { notifyLoops } from "../notifications.ts";
import type { ExecutionState } from "../schema.ts";
import { type ExecutionRow, executionsTable, tasksTable } from "../tables.gen.ts";
import { finishTasks, type TaskEnd, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { type StartedTask, taskStarted } from "../tasks/task-events.ts";
import type { Plan } from "./plan-task.ts";
import type { TaskToPlan } from "./read-open-tasks.ts";

/** What applying plans needs. */
export type PlanApplying = TaskFinishing & { readonly settings: { readonly cache: "global" | "readable" } };

/** A task with what was decided for it. */
export type PlannedTask = { readonly task: TaskToPlan; readonly plan: Plan };

/**
 * Writes plans, for those tasks that are still open and those executions that are still as they were. What changed meanwhile stays
 * open and is planned again.
 */
export const applyPlans = async (
  scheduler: PlanApplying,
  tx: Transaction,
  plans: readonly PlannedTask[],
): Promise<void> => {
  const open = await lockOpen(tx, plans);
  const created = await createExecutions(scheduler.settings.cache, tx, open);
  const joinable = await lockJoinable(tx, open);
  await attach(
    tx,
    open.flatMap(({ task, plan }) => attachment(task, plan, created, joinable)),
  );
  await emitStarted(scheduler, tx, open, joinable);
  const inPlace = await confirmInPlace(tx, open);
  const ends = open.filter(({ task, plan }) => plan.plan !== "in-place" || inPlace.has(task.id)).flatMap(endOf);
  await finishTasks(scheduler, tx, ends);
  await notifyLoops(tx, "dispatch", "publish");
};

const lockOpen = async (tx: Transaction, plans: readonly PlannedTask[]): Promise<PlannedTask[]> => {
  const rows = await tx<{ id: string }[]>`
    select id from scheduler.tasks
    where id = any(${plans.map(({ task }) => task.id)}::uuid[]) and state = 'open'
    order by id for update`;
  const open = new Set(rows.map(({ id }) => id));
  return plans.filter(({ task }) => open.has(task.id));
};

/**
 * Creates one execution for all tasks with one key whose owners may share it.
 * @returns ids of executions by task
 */
const createExecutions = async (
  cache: "global" | "readable",
  tx: Transaction,
  plans: readonly PlannedTask[],
): Promise<ReadonlyMap<string, string>> => {
  const running = plans.flatMap(({ task, plan }) => (plan.plan === "run" ? [task] : []));
  if (running.length === 0) return new Map();
  const groups = [...Map.groupBy(running, (task) => shareKey(cache, task)).values()];
  const parameters = await readParameters(tx, running);
  const created = new Map<string, string>();
  const rows: NewExecution[] = [];
  for (const tasks of groups) {
    const [first] = tasks;
    const given = first === undefined ? undefined : parameters.get(first.run);
    if (first === undefined || given === undefined) continue;
    const id = newEventId();
    rows.push(newExecution(id, first, tasks, given));
    for (const task of tasks) created.set(task.id, id);
  }
  await insertRecords(tx, executionsTable, rows);
  return created;
};

/** Tasks share an execution when this is equal; a cache for readers only also compares the datasets of the inputs. */
const shareKey = (cache: "global" | "readable", { key, sources }: TaskToPlan): string =>
  cache === "global" ? key : JSON.stringify([key, sources.toSorted()]);

const readParameters = async (
  tx: Transaction,
  tasks: readonly TaskToPlan[],
): Promise<ReadonlyMap<string, ExecutionRow["parameters"]>> => {
  const rows = await tx<{ id: string; parameters: ExecutionRow["parameters"] }[]>`
    select id, parameters from scheduler.runs where id = any(${[...new Set(tasks.map(({ run }) => run))]}::uuid[])`;
  return new Map(rows.map(({ id, parameters }) => [id, parameters]));
};

type NewExecution = Pick<
  ExecutionRow,
  "id" | "key" | "analysis" | "version" | "parameters" | "datasets" | "state" | "rank" | "owner" | "cpu" | "memory"
>;

/** All tasks of an execution have the same key, and with it the same analysis, parameters and inputs: the first stands for them. */
const newExecution = (
  id: string,
  first: TaskToPlan,
  tasks: readonly TaskToPlan[],
  parameters: ExecutionRow["parameters"],
): NewExecution => ({
  id,
  key: first.key,
  analysis: first.analysis,
  version: first.version,
  parameters,
  datasets: first.sources,
  state: "queued",
  rank: Math.min(...tasks.map(({ rank }) => rank)),
  owner: first.owner,
  cpu: first.cpu,
  memory: Math.round(Math.max(...tasks.map(({ memory }) => memory))),
});

/** An execution that others may still wait for. */
type Joinable = { readonly id: string; readonly state: ExecutionState };

/** Locks executions that plans share and that have not ended; a transaction that ends one meanwhile waits for this one. */
const lockJoinable = async (tx: Transaction, plans: readonly PlannedTask[]): Promise<ReadonlyMap<string, Joinable>> => {
  const ids = [...new Set(plans.flatMap(({ plan }) => (plan.plan === "share" ? [plan.execution] : [])))];
  if (ids.length === 0) return new Map();
  const rows = await tx<Joinable[]>`
    select id, state from scheduler.executions
    where id = any(${ids}::uuid[]) and state in ('queued', 'delayed', 'running') and not cancel_requested
    order by id for update`;
  return new Map(rows.map((row) => [row.id, row]));
};

/** Emits `task.started` for tasks that join an execution which runs already. */
const emitStarted = async (
  { events }: Pick<TaskFinishing, "events">,
  tx: Transaction,
  plans: readonly PlannedTask[],
  joinable: ReadonlyMap<string, Joinable>,
): Promise<void> => {
  const joined = plans.flatMap(({ task, plan }) =>
    plan.plan === "share" && joinable.get(plan.execution)?.state === "running" ? [task.id] : [],
  );
  if (joined.length === 0) return;
  const tasks = await tx<StartedTask[]>`
    select task.id as task, task.run, task.execution, execution.attempts as attempt, task.slice, task.analysis, task.version,
      task.traceparent
    from scheduler.tasks as task join scheduler.executions as execution on execution.id = task.execution
    where task.id = any(${joined}::uuid[])`;
  await events.emitAll(tx, tasks.map(taskStarted));
};

/** A task and the execution that it gets. */
type Attachment = {
  readonly id: string;
  readonly execution: string;
  readonly state: string;
  readonly reuse: boolean;
};

const attachment = (
  { id }: TaskToPlan,
  plan: Plan,
  created: ReadonlyMap<string, string>,
  joinable: ReadonlyMap<string, Joinable>,
): Attachment[] => {
  const execution = created.get(id);
  if (plan.plan === "run" && execution !== undefined) return [{ id, execution, state: "waiting", reuse: false }];
  if (plan.plan === "reuse") return [{ id, execution: plan.execution, state: "publishing", reuse: true }];
  // A task whose execution ended meanwhile stays open, and is planned again.
  if (plan.plan !== "share" || !joinable.has(plan.execution)) return [];
  return [{ id, execution: plan.execution, state: "waiting", reuse: false }];
};

const attach = async (tx: Transaction, attachments: readonly Attachment[]): Promise<void> => {
  if (attachments.length === 0) return;
  await tx`
    update scheduler.tasks as task set execution = attached.execution, state = attached.state, reuse = attached.reuse
    from ${recordset(tx, columnsOf(tasksTable, "id", "execution", "state", "reuse"), attachments)} as attached
    where task.id = attached.id`;
  // Shared work is as urgent as the most urgent of the tasks that wait for it.
  await tx`
    update scheduler.executions as execution set rank = wanted.rank
    from (
      select task.execution, min(task.rank) as rank from scheduler.tasks as task
      where task.id = any(${attachments.map(({ id }) => id)}::uuid[]) and task.state = 'waiting'
      group by task.execution) as wanted
    where execution.id = wanted.execution and execution.rank > wanted.rank`;
};

/**
 * Confirms the tasks whose names still hold what was found there: each name now belongs to the latest decision that wants it, so that
 * an older one cannot replace it.
 * @returns the ids of these tasks
 */
const confirmInPlace = async (tx: Transaction, plans: readonly PlannedTask[]): Promise<ReadonlySet<string>> => {
  const wanted = plans.flatMap(({ task, plan }) =>
    plan.plan === "in-place" ? plan.derivatives.map((derivative) => ({ task: task.id, derivative })) : [],
  );
  const empty = plans.flatMap(({ task, plan }) =>
    plan.plan === "in-place" && plan.derivatives.length === 0 ? [task.id] : [],
  );
  if (wanted.length === 0) return new Set(empty);
  const confirmed = await tx<{ derivative: string }[]>`
    update scheduler.names as name set sequence = greatest(name.sequence, latest.sequence)
    from (
      select wanted.derivative, max(task.sequence) as sequence
      from ${recordset(tx, { task: "uuid", derivative: "uuid" }, wanted)} as wanted
      join scheduler.tasks as task on task.id = wanted.task
      group by wanted.derivative) as latest
    where name.derivative = latest.derivative and name.intent is null
    returning name.derivative`;
  const held = new Set(confirmed.map(({ derivative }) => derivative));
  const moved = new Set(wanted.filter(({ derivative }) => !held.has(derivative)).map(({ task }) => task));
  return new Set([...empty, ...wanted.map(({ task }) => task).filter((task) => !moved.has(task))]);
};

const endOf = ({ task, plan }: PlannedTask): TaskEnd[] => {
  if (plan.plan === "refuse") return [{ task: task.id, outcome: "failed", reason: plan.reason, derivatives: [] }];
  if (plan.plan === "bad-input") {
    const { reason, execution: reused } = plan;
    return [{ task: task.id, outcome: "failed", reason, derivatives: [], reused }];
  }
  if (plan.plan !== "in-place") return [];
  const { derivatives, execution: reused } = plan;
  return [{ task: task.id, outcome: "in-place", reason: "", derivatives, reused }];
};
