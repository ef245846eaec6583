import { type Fragment, type Queryable, type Sql, type Transaction, transaction } from "@rollerblade/database";
import { notifyLoops } from "../notifications.ts";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";
import { readRights } from "./read-rights.ts";
import { type AskedWork, refusalOf, refusalToRun } from "./refusal.ts";

/** What becomes of attempts that run when a right that they need is revoked: they end, or their results are published. */
export type OnRevocation = "finish" | "cancel";

/** A task that is not final, with what its owner must have the right to. */
type UnfinishedTask = AskedWork & {
  readonly id: string;
  readonly execution: string | null;
  /** Whether it is not known yet if anything has to be published for it: what is in place already needs no right to publish. */
  readonly unplanned: boolean;
};

/** A task whose owner has lost a right, and which. */
export type RefusedTask = Pick<UnfinishedTask, "id" | "execution"> & { readonly reason: string };

/** The columns of {@link UnfinishedTask}, of `scheduler.tasks as task`. */
const asked = (sql: Queryable): Fragment => sql`
  task.id, task.execution, task.owner, task.analysis, task.dataset, task.state = 'open' as unplanned,
  array(select distinct split_part(source, '/', 1) from unnest(task.sources) as source) as sources,
  array(
    select use ->> 'asset' from scheduler.analyses as version
    cross join jsonb_array_elements(coalesce(version.manifest -> 'assets', '[]')) as use
    where version.name = task.analysis and version.version = task.version) as assets`;

/** Asks for the rights of the tasks' owners as they are now. */
const refusedOf = async (sql: Queryable, tasks: readonly UnfinishedTask[]): Promise<RefusedTask[]> => {
  const rights = await readRights(
    sql,
    tasks.map(({ owner }) => owner),
  );
  return tasks.flatMap(({ id, execution, unplanned, ...work }) => {
    const reason = (unplanned ? refusalToRun : refusalOf)(rights(work.owner), work);
    return reason === null ? [] : [{ id, execution, reason }];
  });
};

/** Finds those of these tasks that may not be published any more. */
export const refusedPublications = async (
  tx: Transaction,
  tasks: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (tasks.length === 0) return new Map();
  const rows = await tx<UnfinishedTask[]>`
    select ${asked(tx)} from scheduler.tasks as task where task.id = any(${[...tasks]}::uuid[])`;
  return new Map((await refusedOf(tx, rows)).map(({ id, reason }) => [id, reason]));
};

/**
 * Ends the tasks that wait for these queued executions and whose owners lost the right to them, before anything is run for them. An
 * execution that nobody waits for any more is cancelled.
 */
export const refuseWaiting = async (
  finishing: TaskFinishing,
  tx: Transaction,
  executions: readonly string[],
): Promise<void> => {
  const waiting = await tx<UnfinishedTask[]>`
    select ${asked(tx)} from scheduler.tasks as task
    where task.execution = any(${[...executions]}::uuid[]) and task.state = 'waiting'`;
  await refuse(finishing, tx, await refusedOf(tx, waiting));
};

/** What looking for revoked rights needs. */
type Revoking = TaskFinishing & { readonly sql: Sql; readonly config: { readonly revocation: OnRevocation } };

/** Tasks of one transaction; a longer one would hold locks that many finishing attempts wait for. */
const tasksPerTransaction = 500;

/**
 * Ends all unfinished tasks whose owners lost a right, when grants have changed and every few seconds. Of those that are not planned yet
 * the planner asks whether they may publish, once it knows what is there. Those that run end with the others, unless they are to be finished; those whose outputs exist are asked for when they are published.
 */
export const refuseRevoked = async (scheduler: Revoking): Promise<void> => {
  const { sql, config } = scheduler;
  const unfinished = await sql<UnfinishedTask[]>`
    select ${asked(sql)} from scheduler.tasks as task
    left join scheduler.executions as execution on execution.id = task.execution
    where task.state in ('open', 'waiting')
      and (${config.revocation === "cancel"} or execution.state is distinct from 'running')`;
  const refused = await refusedOf(sql, unfinished);
  for (let at = 0; at < refused.length; at += tasksPerTransaction)
    await transaction(sql, (tx) => refuse(scheduler, tx, refused.slice(at, at + tasksPerTransaction)));
};

const refuse = async (finishing: TaskFinishing, tx: Transaction, refused: readonly RefusedTask[]): Promise<void> => {
  if (refused.length === 0) return;
  const executions = refused.map(({ execution }) => execution);
  // Executions are locked before tasks, the order in which attempts are finished: neither waits for the other in a ring.
  await tx`
    select id from scheduler.executions
    where id = any(${executions.flatMap((id) => id ?? [])}::uuid[]) order by id for update`;
  await finishTasks(
    finishing,
    tx,
    refused.map(({ id, reason }) => ({ task: id, outcome: "failed", reason, derivatives: [] })),
  );
  await releaseExecutions(tx, executions);
  await notifyLoops(tx, "dispatch", "sweep");
};
