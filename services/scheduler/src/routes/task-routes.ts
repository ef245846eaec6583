import { schedulerRoutes, type TaskOrder, type TaskStatus } from "@rollerblade/client";
import type { Queryable, Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { implement, pageOf, type ReadGrants, type RouteContext, readGrants, visible } from "@rollerblade/service-kit";
import type { TaskRow } from "../tables.gen.ts";
import { readExecution, visibleExecution } from "./read-execution.ts";
import { type SortKey, sortedCursor, sortedPage } from "./sorted-page.ts";

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

/** What tasks can be sorted by. Ids rise with time. */
const sortKeys = (sql: Queryable): Readonly<Record<string, SortKey>> => ({
  made: { key: sql`task.id`, type: "uuid" },
  slice: { key: sql`task.slice_key`, type: "text" },
  ended: { key: sql`coalesce(task.finished_at, 'infinity')`, type: "timestamptz" },
});

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
  const page = sortedPage(sql, sortKeys(sql), sql`task.id`, sort, after);
  return sql<ListedTask[]>`
    select task.id, run, task.analysis, task.version, slice, task.state, outcome, task.reason, task.cause, task.key, execution.id as execution,
      derivatives, task.created_at, task.finished_at, ${page.column}
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
      and ${page.behind}
    order by ${page.orderBy} limit ${limit + 1}`;
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
