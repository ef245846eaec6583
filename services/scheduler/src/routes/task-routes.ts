import { schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { implement, type Principal, pageOf, type RouteContext, type ServiceContext } from "@rollerblade/service-kit";
import type { TaskRow } from "../tables.gen.ts";
import { readExecution } from "./read-execution.ts";

/** What serving tasks needs. */
type Tasks = RouteContext & Pick<ServiceContext, "readable"> & { readonly sql: Sql };

/** Serves the routes that list and show tasks. A task is shown to whoever may read its dataset. */
export const serveTasks = (scheduler: Tasks): void => {
  implement(scheduler, schedulerRoutes.listTasks, async ({ principal, query }) => {
    const rows = await visibleTasks(scheduler, principal, query);
    return pageOf(rows.map(statusOf), query.limit, ({ id }) => id);
  });
  implement(scheduler, schedulerRoutes.showTask, async ({ principal, params }) => {
    const [task] = await visibleTasks(scheduler, principal, { id: params.id, limit: 1 });
    if (task === undefined) throw unknown(params.id);
    const history = task.execution === null ? null : await readExecution(scheduler.sql, task.execution);
    return { ...statusOf(task), history };
  });
};

/** What a caller wants to see; what is absent does not matter. */
type TaskFilter = {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly id?: string | undefined;
  readonly run?: string | undefined;
  readonly dataset?: string | undefined;
  readonly subject?: string | undefined;
  readonly state?: string | undefined;
  readonly outcome?: string | undefined;
};

/** What a list shows of a task. */
type ListedTask = Pick<
  TaskRow,
  | ("id" | "run" | "analysis" | "version" | "slice" | "state" | "outcome")
  | ("reason" | "key" | "execution" | "derivatives" | "createdAt" | "finishedAt")
>;

/** Reads one task more than the limit; see `pageOf`. */
const visibleTasks = async (
  { sql, readable: readableBy }: Omit<Tasks, keyof RouteContext>,
  principal: Principal,
  filter: TaskFilter,
): Promise<ListedTask[]> => {
  const readable = await readableBy(principal, "dataset");
  const { limit, after, id, run, dataset, subject, state, outcome } = filter;
  return sql<ListedTask[]>`
    select id, run, analysis, version, slice, state, outcome, reason, key, execution, derivatives, created_at, finished_at
    from scheduler.tasks
    where ${readable === "all" ? sql`true` : sql`dataset = any(${readable}::text[])`}
      ${id === undefined ? sql`` : sql`and id = ${id}`}
      ${run === undefined ? sql`` : sql`and run = ${run}`}
      ${dataset === undefined ? sql`` : sql`and dataset = ${dataset}`}
      ${subject === undefined ? sql`` : sql`and slice ->> 'subject' = ${subject}`}
      ${state === undefined ? sql`` : sql`and state = ${state}`}
      ${outcome === undefined ? sql`` : sql`and outcome = ${outcome}`}
      ${after === undefined ? sql`` : sql`and id > ${after}`}
    order by id limit ${limit + 1}`;
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
  new Problem({ code: "not-found", message: `There is no task ${id}.`, subject: id, next: "See the tasks of a run." });
