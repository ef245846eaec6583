import type { Transaction } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import { wakeAll } from "../notifications.ts";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import type { ExecutionState } from "../schema.ts";
import { finishTasks, type TaskEnd } from "../tasks/finish-tasks.ts";
import { type StartedTask, taskStarted } from "../tasks/task-events.ts";
import type { Plan } from "./plan-task.ts";
import type { TaskToPlan } from "./read-open-tasks.ts";

/** A task with what was decided for it. */
export type PlannedTask = { readonly task: TaskToPlan; readonly plan: Plan };

/** Writes plans down, for those tasks that are still open and those executions that are still as they were. */
export const applyPlans = async (
  scheduler: Scheduler,
  tx: Transaction,
  plans: readonly PlannedTask[],
): Promise<void> => {
  const open = await stillOpen(tx, plans);
  const created = await createExecutions(scheduler, tx, open);
  const joinable = await lockJoinable(tx, open);
  await attach(tx, [...open.flatMap(({ task, plan }) => attachment(task, plan, created, joinable))]);
  await sayStarted(scheduler, tx, open, joinable);
  const inPlace = await confirmInPlace(tx, open);
  const ends = open.filter(({ task, plan }) => plan.plan !== "in-place" || inPlace.has(task.id)).flatMap(endOf);
  await finishTasks(scheduler, tx, ends);
  await wakeAll(tx, "dispatch", "publish");
};

const stillOpen = async (tx: Transaction, plans: readonly PlannedTask[]): Promise<PlannedTask[]> => {
  const rows = await tx<{ id: string }[]>`
    select id from scheduler.tasks
    where id = any(${plans.map(({ task }) => task.id)}::uuid[]) and state = 'open'
    order by id for update`;
  const open = new Set(rows.map(({ id }) => id));
  return plans.filter(({ task }) => open.has(task.id));
};

/** One execution for all tasks with one key whose owners may share: by key and the datasets of the inputs. */
const createExecutions = async (
  { settings }: Scheduler,
  tx: Transaction,
  plans: readonly PlannedTask[],
): Promise<ReadonlyMap<string, string>> => {
  const groups = new Map<string, { id: string; tasks: TaskToPlan[] }>();
  for (const { task, plan } of plans) {
    if (plan.plan !== "run") continue;
    const key = shareKey(settings.cache, task);
    const group = groups.get(key) ?? { id: newEventId(), tasks: [] };
    group.tasks.push(task);
    groups.set(key, group);
  }
  const rows = [...groups.values()].flatMap(({ id, tasks }) => {
    const [first] = tasks;
    return first === undefined ? [] : [executionRow(id, first, tasks)];
  });
  if (rows.length > 0) {
    await tx`
      insert into scheduler.executions (id, key, analysis, version, parameters, datasets, state, rank, owner, cpu, memory)
      select row.id, row.key, row.analysis, row.version, run.parameters, row.datasets, 'queued', row.rank, row.owner, row.cpu,
        row.memory
      from jsonb_to_recordset(${asRecords(rows)}::text::jsonb) as row(
        id uuid, key text, analysis text, version text, run uuid, datasets text[], rank smallint, owner text, cpu real,
        memory bigint, ordinal int)
      join scheduler.runs as run on run.id = row.run`;
  }
  return new Map([...groups.values()].flatMap(({ id, tasks }) => tasks.map((task) => [task.id, id])));
};

const shareKey = (cache: "global" | "readable", { key, sources }: TaskToPlan): string =>
  cache === "global" ? key : JSON.stringify([key, sources.toSorted()]);

const executionRow = (id: string, first: TaskToPlan, tasks: readonly TaskToPlan[]): object => ({
  id,
  key: first.key,
  analysis: first.analysis,
  version: first.version,
  run: first.run,
  datasets: first.sources,
  rank: Math.min(...tasks.map(({ rank }) => rank)),
  owner: first.owner,
  cpu: first.cpu,
  memory: Math.round(first.memory),
});

/** An execution that others may still wait for. */
type Joinable = { readonly id: string; readonly state: ExecutionState };

/** Executions that plans share and that still have an end before them; whoever ends one meanwhile waits for us. */
const lockJoinable = async (tx: Transaction, plans: readonly PlannedTask[]): Promise<ReadonlyMap<string, Joinable>> => {
  const ids = [...new Set(plans.flatMap(({ plan }) => (plan.plan === "share" ? [plan.execution] : [])))];
  if (ids.length === 0) return new Map();
  const rows = await tx<Joinable[]>`
    select id, state from scheduler.executions
    where id = any(${ids}::uuid[]) and state in ('queued', 'delayed', 'running') and not cancel_requested
    order by id for update`;
  return new Map(rows.map((row) => [row.id, row]));
};

/** Whoever joins what runs already has started, too. */
const sayStarted = async (
  { events }: Scheduler,
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

type Attachment = {
  readonly task: string;
  readonly execution: string;
  readonly state: string;
  readonly reuse: boolean;
};

/** A task whose execution ended meanwhile stays open, and is planned again. */
const attachment = (
  { id }: TaskToPlan,
  plan: Plan,
  created: ReadonlyMap<string, string>,
  joinable: ReadonlyMap<string, Joinable>,
): Attachment[] => {
  const execution = created.get(id);
  if (plan.plan === "run" && execution !== undefined) return [{ task: id, execution, state: "waiting", reuse: false }];
  if (plan.plan === "reuse") return [{ task: id, execution: plan.execution, state: "publishing", reuse: true }];
  if (plan.plan !== "share" || !joinable.has(plan.execution)) return [];
  return [{ task: id, execution: plan.execution, state: "waiting", reuse: false }];
};

const attach = async (tx: Transaction, attachments: readonly Attachment[]): Promise<void> => {
  if (attachments.length === 0) return;
  const rows = asRecords(attachments);
  await tx`
    update scheduler.tasks as task set execution = row.execution, state = row.state, reuse = row.reuse
    from jsonb_to_recordset(${rows}::text::jsonb) as row(task uuid, execution uuid, state text, reuse boolean)
    where task.id = row.task`;
  // Shared work is as urgent as the most urgent of those who want it.
  await tx`
    update scheduler.executions as execution set rank = wanted.rank
    from (
      select task.execution, min(task.rank) as rank from scheduler.tasks as task
      join jsonb_to_recordset(${rows}::text::jsonb) as row(task uuid) on row.task = task.id
      where task.state = 'waiting' group by task.execution) as wanted
    where execution.id = wanted.execution and execution.rank > wanted.rank`;
};

/**
 * The tasks whose names still hold what was found there; each name now belongs to the latest decision that wants it.
 */
const confirmInPlace = async (tx: Transaction, plans: readonly PlannedTask[]): Promise<ReadonlySet<string>> => {
  const wanted = plans.flatMap(({ task, plan }) =>
    plan.plan === "in-place" ? plan.derivatives.map((derivative) => ({ task: task.id, derivative })) : [],
  );
  if (wanted.length === 0) return new Set();
  const confirmed = await tx<{ derivative: string }[]>`
    update scheduler.names as name set sequence = greatest(name.sequence, latest.sequence)
    from (
      select wanted.derivative, max(task.sequence) as sequence
      from jsonb_to_recordset(${asRecords(wanted)}::text::jsonb) as wanted(task uuid, derivative uuid)
      join scheduler.tasks as task on task.id = wanted.task
      group by wanted.derivative) as latest
    where name.derivative = latest.derivative and name.intent is null
    returning name.derivative`;
  const held = new Set(confirmed.map(({ derivative }) => derivative));
  const moved = new Set(wanted.filter(({ derivative }) => !held.has(derivative)).map(({ task }) => task));
  return new Set(wanted.map(({ task }) => task).filter((task) => !moved.has(task)));
};

const endOf = ({ task, plan }: PlannedTask): TaskEnd[] => {
  if (plan.plan === "refuse") return [{ task: task.id, outcome: "failed", reason: plan.reason, derivatives: [] }];
  if (plan.plan !== "in-place") return [];
  const { derivatives, execution: reused } = plan;
  return [{ task: task.id, outcome: "in-place", reason: "", derivatives, reused }];
};
