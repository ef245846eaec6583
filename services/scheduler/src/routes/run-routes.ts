import { type RunStatus, schedulerRoutes } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { implement, type Principal, pageOf, type RouteContext, type ServiceContext } from "@rollerblade/service-kit";
import { cancelRun } from "../runs/cancel-run.ts";
import { createRun } from "../runs/create-run.ts";
import { retryRun } from "../runs/retry-run.ts";
import type { RunRow } from "../tables.gen.ts";
import { openTasks } from "../tasks/count-outcomes.ts";

/** What showing runs needs, and what changing them needs beside it. */
type Runs = Pick<ServiceContext, "readable"> & { readonly sql: Sql };
type Changing = Parameters<typeof createRun>[0] & Parameters<typeof cancelRun>[0];

/** Serves the routes that create, list, show, cancel and retry runs. */
export const serveRuns = (scheduler: RouteContext & Runs & Changing): void => {
  implement(scheduler, schedulerRoutes.createRun, async ({ principal, body }) =>
    statusOf(await createRun(scheduler, principal, body)),
  );
  implement(scheduler, schedulerRoutes.listRuns, async ({ principal, query }) => {
    const rows = await visibleRuns(scheduler, principal, query);
    return pageOf(rows.map(statusOf), query.limit, ({ id }) => id);
  });
  implement(scheduler, schedulerRoutes.showRun, async ({ principal, params }) =>
    statusOf(await visibleRun(scheduler, principal, params.id)),
  );
  implement(scheduler, schedulerRoutes.cancelRun, async ({ principal, params }) => {
    requireOwner(principal, await visibleRun(scheduler, principal, params.id), "cancel");
    await cancelRun(scheduler, params.id);
    return statusOf(await visibleRun(scheduler, principal, params.id));
  });
  implement(scheduler, schedulerRoutes.retryRun, async ({ principal, params }) => {
    requireOwner(principal, await visibleRun(scheduler, principal, params.id), "retry");
    await retryRun(scheduler.sql, params.id);
    return statusOf(await visibleRun(scheduler, principal, params.id));
  });
};

/** What a caller wants to see; what is absent does not matter. */
type RunFilter = {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly state?: string | undefined;
  readonly analysis?: string | undefined;
  readonly document?: string | undefined;
  readonly id?: string | undefined;
};

/**
 * Reads the runs that somebody may see: their own, and those of which they may read every dataset. It reads one more than the limit; see
 * `pageOf`.
 */
const visibleRuns = async (
  { sql, readable: readableBy }: Runs,
  principal: Principal,
  filter: RunFilter,
): Promise<RunRow[]> => {
  const readable = await readableBy(principal, "dataset");
  const names = readable === "all" ? [] : readable;
  const { id = null, state = null, analysis = null, document = null, after = null, limit } = filter;
  return sql<RunRow[]>`
    select * from scheduler.runs as run
    where (${id}::uuid is null or id = ${id}) and (${state}::text is null or state = ${state})
      and (${analysis}::text is null or analysis = ${analysis}) and (${document}::text is null or document = ${document})
      and (${after}::uuid is null or id < ${after})
      and (${readable === "all"} or owner = ${principal.name} or not exists (
        select from scheduler.tasks as task where task.run = run.id and task.dataset <> all(${names}::text[])))
    order by id desc limit ${limit + 1}`;
};

const visibleRun = async (scheduler: Runs, principal: Principal, id: string): Promise<RunRow> => {
  const [run] = await visibleRuns(scheduler, principal, { id, limit: 1 });
  if (run !== undefined) return run;
  throw new Problem({
    code: "not-found",
    message: `There is no run ${id}.`,
    subject: id,
    next: "List runs with `rollerblade runs list`.",
  });
};

const requireOwner = ({ name, admin }: Principal, run: RunRow, what: string): void => {
  if (admin || run.owner === name) return;
  throw new Problem({
    code: "forbidden",
    message: `Only ${run.owner} and administrators may ${what} this run.`,
    subject: run.id,
    next: `Ask ${run.owner}.`,
  });
};

const statusOf = (run: RunRow): RunStatus => ({
  id: run.id,
  analysis: run.analysis,
  version: run.version,
  parameters: run.parameters,
  priority: run.priority,
  owner: run.owner,
  document: run.document,
  rule: run.rule,
  query: run.query,
  state: run.state,
  reason: run.reason,
  counts: {
    total: run.total,
    open: openTasks(run),
    ran: run.ran,
    cached: run.cached,
    inPlace: run.inPlace,
    failed: run.failed,
    cancelled: run.cancelled,
    superseded: run.superseded,
  },
  createdAt: run.createdAt.toISOString(),
  finishedAt: run.finishedAt?.toISOString() ?? null,
});
