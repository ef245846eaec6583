import { type RunOrderBy, type RunStatus, schedulerRoutes } from "@rollerblade/client";
import type { Fragment, Queryable, Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { newEventId } from "@rollerblade/events";
import {
  idOfCreated,
  implement,
  type Principal,
  pageOf,
  type ReadGrants,
  type RouteContext,
  readGrants,
  visible,
} from "@rollerblade/service-kit";
import type { IdentifyCode } from "../analyses/create-analysis.ts";
import { folderNotice } from "../analyses/folder-notice.ts";
import { requireHighest } from "../analyses/known-analyses.ts";
import { foresee } from "../planning/foresee.ts";
import { cancelRun } from "../runs/cancel-run.ts";
import { createRun } from "../runs/create-run.ts";
import { inputsOfRun } from "../runs/inputs-of-run.ts";
import { planRun } from "../runs/plan-run.ts";
import { retryRun } from "../runs/retry-run.ts";
import type { RunRow } from "../tables.gen.ts";
import { openTasks } from "../tasks/count-outcomes.ts";
import { failuresOf, outputsOf } from "./run-results.ts";
import { placeOf, sortedCursor } from "./sorted-page.ts";
import { causeOfTask } from "./task-routes.ts";

/** What showing runs needs, and what changing them needs beside it. */
type Runs = { readonly sql: Sql };
type Changing = Parameters<typeof planRun>[0] & Parameters<typeof cancelRun>[0];

/** A plan looks at all slices of its query, and at the objects of what is in place. */
const maxPlanMs = 600_000;

/** Serves the routes that create, plan, list, show, cancel and retry runs. */
export const serveRuns = (
  scheduler: RouteContext & Runs & Changing & { readonly identify: IdentifyCode | null },
): void => {
  const noticesOn = async ({ analysis, version }: { readonly analysis: string; readonly version: string }) => {
    const notice = await folderNotice(scheduler.identify, await requireHighest(scheduler.sql, analysis, version));
    return notice === null ? [] : [notice];
  };
  implement(
    scheduler,
    schedulerRoutes.createRun,
    async ({ principal, body, request }) => {
      const run = await createRun(scheduler, principal, body, idOfCreated(request, newEventId));
      return { ...statusOf({ ...run, showsDocument: true }), notices: await noticesOn(run) };
    },
    { expensive: true },
  );
  implement(
    scheduler,
    schedulerRoutes.planRun,
    async ({ principal, body }) => {
      const plan = await planRun(scheduler, principal, body);
      return { ...plan, notices: await noticesOn(plan) };
    },
    { timeout: maxPlanMs, expensive: true },
  );
  implement(scheduler, schedulerRoutes.foreseeTasks, async ({ principal, body }) => {
    await scheduler.authorize(principal, "run", { kind: "analysis", name: body.analysis });
    const analysis = await requireHighest(scheduler.sql, body.analysis, body.version);
    const { parametersHash } = body;
    const tasks = body.items.map((item) => ({ ...item, owner: principal.name, parametersHash }));
    return { items: await foresee(scheduler, analysis, tasks) };
  });
  implement(scheduler, schedulerRoutes.listRuns, async ({ principal, query }) => {
    const grants = await readGrants(scheduler.sql, principal);
    const rows = await visibleRuns(scheduler, grants, query);
    const { items, next } = pageOf(rows, query.limit, sortedCursor(query.sort));
    return { items: items.map(statusOf), next };
  });
  const show = async (principal: Principal, id: string): Promise<RunStatus> => {
    const grants = await readGrants(scheduler.sql, principal);
    return statusOf(await visibleRun(scheduler, grants, id));
  };
  const requireOwn = async (principal: Principal, id: string, what: string): Promise<void> =>
    requireOwner(principal, await visibleRun(scheduler, await readGrants(scheduler.sql, principal), id), what);
  implement(scheduler, schedulerRoutes.showRun, async ({ principal, params }) => {
    const grants = await readGrants(scheduler.sql, principal);
    const run = await visibleRun(scheduler, grants, params.id);
    const [inputs, outputs, failures] = await Promise.all([
      inputsOfRun(scheduler.sql, run),
      outputsOf(scheduler.sql, grants, run.id),
      failuresOf(scheduler.sql, grants, run.id),
    ]);
    return { ...statusOf(run), inputs, outputs: [...outputs], failures };
  });
  implement(scheduler, schedulerRoutes.cancelRun, async ({ principal, params }) => {
    await requireOwn(principal, params.id, "cancel");
    await cancelRun(scheduler, params.id);
    return show(principal, params.id);
  });
  implement(scheduler, schedulerRoutes.retryRun, async ({ principal, params, query }) => {
    await requireOwn(principal, params.id, "retry");
    const { like, memory } = query;
    const grants = await readGrants(scheduler.sql, principal);
    const cause = like === undefined ? undefined : await causeOfTask(scheduler, grants, like);
    await retryRun(scheduler.sql, params.id, { cause, memory });
    return show(principal, params.id);
  });
};

/** What a caller wants to see; what is absent does not matter. */
type RunFilter = {
  readonly limit: number;
  /** @default "-made" */
  readonly sort?: RunOrderBy | undefined;
  readonly after?: string | undefined;
  readonly state?: string | undefined;
  readonly analysis?: string | undefined;
  readonly document?: string | undefined;
  readonly id?: string | undefined;
  readonly prefix?: string | undefined;
};

/** A run with whether the document and the rule that asked for it are shown. */
type VisibleRun = RunRow & { readonly showsDocument: boolean; readonly sortKey: string };

/** What runs are sorted by, as text of one length; ids, which rise with time, come after it. */
const sortKey = (sql: Queryable, sort: RunOrderBy): Fragment =>
  sort.endsWith("analysis")
    ? sql`run.analysis`
    : sort.endsWith("failed")
      ? sql`lpad(run.failed::text, 10, '0')`
      : sql`''::text`;

/**
 * The condition that somebody may know which document asked for a `run`: its owner, and who may read the document, unless another document
 * had the name then.
 */
const showsDocument = (sql: Sql, grants: ReadGrants) =>
  visible(sql, grants, {
    owner: sql`run.owner`,
    datasets: sql`run.datasets`,
    pipeline: sql`run.document`,
    at: sql`run.created_at`,
  });

/**
 * Reads the runs that somebody may see: their own, and those of which they may read every dataset and the analysis. One whose slices
 * are still being collected, or that found none, is its owner's only. It reads one more than the limit; see `pageOf`.
 */
const visibleRuns = async ({ sql }: Runs, grants: ReadGrants, filter: RunFilter): Promise<VisibleRun[]> => {
  const {
    id = null,
    state = null,
    analysis = null,
    document = null,
    prefix = null,
    after,
    limit,
    sort = "-made",
  } = filter;
  const place = placeOf(sort, after);
  const key = sortKey(sql, sort);
  const descends = sort.startsWith("-");
  const byId = sort.endsWith("made");
  return sql<VisibleRun[]>`
    select *, coalesce(${showsDocument(sql, grants)}, false) as shows_document, ${key} as sort_key
    from scheduler.runs as run
    where (${id}::uuid is null or id = ${id}) and (${state}::text is null or state = ${state})
      and (${analysis}::text is null or analysis = ${analysis})
      and (${document}::text is null or document = ${document} and ${showsDocument(sql, grants)})
      and (${prefix}::text is null or starts_with(id::text, ${prefix}))
      ${place === null ? sql`` : byId && descends ? sql`and run.id < ${place.last}` : sql``}
      ${place === null ? sql`` : byId && !descends ? sql`and run.id > ${place.last}` : sql``}
      ${place === null || byId ? sql`` : descends ? sql`and (${key}, run.id) < (${place.value}, ${place.last}::uuid)` : sql`and (${key}, run.id) > (${place.value}, ${place.last}::uuid)`}
      and ${visible(sql, grants, {
        owner: sql`run.owner`,
        datasets: sql`case when run.state = 'collecting' then '{}' else run.datasets end`,
        analysis: sql`run.analysis`,
        at: sql`run.created_at`,
      })}
    order by ${descends ? sql`${key} desc, run.id desc` : sql`${key}, run.id`} limit ${limit + 1}`;
};

const visibleRun = async (scheduler: Runs, grants: ReadGrants, id: string): Promise<VisibleRun> => {
  const [run] = await visibleRuns(scheduler, grants, { id, limit: 1 });
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

/** A run as somebody may see it: the document and the rule that asked for it only who may read the document. */
const statusOf = (run: Omit<VisibleRun, "sortKey">): RunStatus => ({
  id: run.id,
  analysis: run.analysis,
  version: run.version,
  parameters: run.parameters,
  priority: run.priority,
  owner: run.owner,
  document: run.showsDocument ? run.document : null,
  rule: run.showsDocument ? run.rule : null,
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
    notApplicable: run.notApplicable,
    leftOut: run.leftOut,
  },
  createdAt: run.createdAt.toISOString(),
  finishedAt: run.finishedAt?.toISOString() ?? null,
});
