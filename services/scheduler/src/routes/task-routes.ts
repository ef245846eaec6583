import { schedulerRoutes, type TaskOrder, type TaskStatus } from "@rollerblade/client";
import type { Fragment, Queryable, Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { implement, pageOf, type ReadGrants, type RouteContext, readGrants, visible } from "@rollerblade/service-kit";
import type { TaskRow } from "../tables.gen.ts";
import { readExecution, visibleExecution } from "./read-execution.ts";
import { placeOf, sortedCursor } from "./sorted-page.ts";

/** What serving tasks needs. */
type Tasks = RouteContext & { readonly sql: Sql };

/** Serves the routes that list and show tasks. A task is shown to whoever may read all its datasets and its analysis. */
export const serveTasks = (scheduler: Tasks): void => {
  implement(scheduler, schedulerRoutes.listTasks, async ({ principal, query }) => {
    const { like, ...filter } = query;
    const grants = await readGrants(scheduler.sql, principal);
    const cause = like === undefined ? undefined : await causeOfTask(scheduler, grants, like);
    const rows = await visibleTasks(scheduler, grants, { ...filter, cause });
    const { items, next } = pageOf(rows, query.limit, sortedCursor(query.sort));
    return { items: items.map(statusOf), next };
  });
  implement(scheduler, schedulerRoutes.showTask, async ({ principal, params }) => {
    const grants = await readGrants(scheduler.sql, principal);
    const [task] = await visibleTasks(scheduler, grants, { id: params.id, limit: 1 });
    if (task === undefined) throw unknown(params.id);
    const history = task.execution === null ? null : await readExecution(scheduler.sql, grants, task.execution);
    return { ...statusOf(task), history };
  });
};

/** The cause of a task's failure. @throws Problem `not-found`, whether there is none, it did not fail, or nobody may see it */
export const causeOfTask = async (scheduler: Pick<Tasks, "sql">, grants: ReadGrants, id: string): Promise<string> => {
  const [task] = await visibleTasks(scheduler, grants, { id, outcome: "failed", limit: 1 });
  if (task === undefined) throw notFailed(id);
  return task.cause;
};

const notFailed = (id: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no task ${id} that failed.`,
    subject: id,
    next: "GET /v1/runs/RUN names a task of each cause in `failures`.",
  });

/** What a caller wants to see; what is absent does not matter. */
type TaskFilter = {
  readonly limit: number;
  /** @default "made" */
  readonly sort?: TaskOrder | undefined;
  readonly after?: string | undefined;
  readonly id?: string | undefined;
  readonly run?: string | undefined;
  readonly dataset?: string | undefined;
  readonly subject?: string | undefined;
  readonly state?: string | undefined;
  readonly outcome?: string | undefined;
  readonly prefix?: string | undefined;
  readonly cause?: string | undefined;
};

/** What tasks are sorted by, as text of one length; ids, which rise with time, come after it. */
const sortKey = (sql: Queryable, sort: TaskOrder): Fragment =>
  sort.endsWith("slice")
    ? sql`task.slice_key`
    : sort.endsWith("ended")
      ? sql`coalesce(to_char(task.finished_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS'), 'z')`
      : sql`''::text`;

/** What a list shows of a task. */
type ListedTask = { readonly sortKey: string } & Pick<
  TaskRow,
  | ("id" | "run" | "analysis" | "version" | "slice" | "state" | "outcome")
  | ("reason" | "cause" | "key" | "execution" | "derivatives" | "createdAt" | "finishedAt")
>;

/**
 * Reads the tasks that somebody may see, without the execution where that was for somebody else and of other data: of a cached result
 * nobody learns who had it before. It reads one task more than the limit; see `pageOf`.
 */
const visibleTasks = async (
  { sql }: Pick<Tasks, "sql">,
  grants: ReadGrants,
  filter: TaskFilter,
): Promise<ListedTask[]> => {
  const { limit, after, sort = "made", id, run, dataset, subject, state, outcome, prefix, cause } = filter;
  const place = placeOf(sort, after);
  const key = sortKey(sql, sort);
  const descends = sort.startsWith("-");
  const byId = sort.endsWith("made");
  return sql<ListedTask[]>`
    select task.id, run, task.analysis, task.version, slice, task.state, outcome, task.reason, task.cause, task.key, execution.id as execution,
      derivatives, task.created_at, task.finished_at, ${key} as sort_key
    from scheduler.tasks as task
    left join scheduler.executions as execution
      on execution.id = task.execution and ${visibleExecution(sql, grants)}
    where ${visible(sql, grants, {
      datasets: sql`task.datasets`,
      analysis: sql`task.analysis`,
      at: sql`task.decided_at`,
    })}
      ${id === undefined ? sql`` : sql`and task.id = ${id}`}
      ${run === undefined ? sql`` : sql`and run = ${run}`}
      ${dataset === undefined ? sql`` : sql`and dataset = ${dataset}`}
      ${subject === undefined ? sql`` : sql`and slice ->> 'subject' = ${subject}`}
      ${state === undefined ? sql`` : sql`and task.state = ${state}`}
      ${outcome === undefined ? sql`` : sql`and outcome = ${outcome}`}
      ${cause === undefined ? sql`` : sql`and outcome = 'failed' and task.cause = ${cause}`}
      ${prefix === undefined ? sql`` : sql`and starts_with(task.id::text, ${prefix})`}
      ${place === null ? sql`` : byId && descends ? sql`and task.id < ${place.last}` : sql``}
      ${place === null ? sql`` : byId && !descends ? sql`and task.id > ${place.last}` : sql``}
      ${place === null || byId ? sql`` : descends ? sql`and (${key}, task.id) < (${place.value}, ${place.last}::uuid)` : sql`and (${key}, task.id) > (${place.value}, ${place.last}::uuid)`}
    order by ${descends ? sql`${key} desc, task.id desc` : sql`${key}, task.id`} limit ${limit + 1}`;
};

const statusOf = (task: ListedTask): TaskStatus => ({
  id: task.id,
  run: task.run,
  analysis: task.analysis,
  version: task.version,
  slice: task.slice,
  state: task.state,
  outcome: task.outcome,
  reason: task.reason,
  key: task.key,
  execution: task.execution,
  derivatives: [...task.derivatives],
  createdAt: task.createdAt.toISOString(),
  finishedAt: task.finishedAt?.toISOString() ?? null,
});

const unknown = (id: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no task ${id}.`,
    subject: id,
    next: "See the tasks of a run with `rollerblade runs show RUN`.",
  });
