import type { JsonObject } from "@rollerblade/abids";
import { isSlip } from "@rollerblade/abids/nearest-names";
import { type Manifest, queryField, resolveParameters } from "@rollerblade/analysis";
import { catalogRoutes } from "@rollerblade/client";
import { type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { newEventId } from "@rollerblade/events";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { type Analysis, requireHighest } from "../analyses/known-analyses.ts";
import { requireAssets } from "../assets/used-assets.ts";
import { notifyLoops } from "../notifications.ts";
import type { Priority } from "../schema.ts";
import type { RunRow } from "../tables.gen.ts";
import { finishRuns, runFinished } from "../tasks/count-outcomes.ts";
import type { TaskFinishing } from "../tasks/finish-tasks.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { type Catalog, readSlices, tasksOfPage } from "./collect-slices.ts";
import { insertRuns } from "./insert-runs.ts";
import { type InputChoice, lockInputs } from "./lock-inputs.ts";

/** What creating a run needs. */
export type Creating = TaskFinishing & Catalog & Pick<ServiceContext, "authorize"> & { readonly sql: Sql };

/** A run as a person orders it. */
export type RunOrder = {
  readonly analysis: string;
  /** A range of versions, as npm writes them. Example: `^1.2`. */
  readonly version: string;
  readonly query: string;
  readonly parameters: JsonObject;
  /** By the names of inputs. */
  readonly inputs: Readonly<Record<string, InputChoice>>;
  readonly priority: Priority;
  /** Whether slices are executed anew even where their results are there. */
  readonly force: boolean;
  /** Limit of slices; null for all. */
  readonly limit: number | null;
  /** Whether the run ends by itself when its first slices all fail with the same message. */
  readonly stopEarly: boolean;
};

/**
 * Creates a run with the tasks of its first page of slices, so that a wrong query is refused while its author waits; the loop
 * `collect` fetches further pages.
 * @param id of the run; where there is such a run, it was created at an earlier delivery of the same order
 * @throws Problem `not-found`, `invalid`
 */
export const createRun = async (
  scheduler: Creating,
  principal: Principal,
  order: RunOrder,
  id: string = newEventId(),
): Promise<RunRow> => {
  await scheduler.authorize(principal, "run", { kind: "analysis", name: order.analysis });
  const analysis = await requireHighest(scheduler.sql, order.analysis, order.version);
  await requireAssets(scheduler, principal, analysis.manifest);
  await requireReadable(scheduler, principal, analysis.manifest);
  const [known] = await scheduler.sql<
    RunRow[]
  >`select * from scheduler.runs where id = ${id} and owner = ${principal.name}`;
  if (known !== undefined) return known;
  const run = { ...(await orderedRun(scheduler.sql, principal, order, analysis)), id };
  const found = await readSlices(scheduler, analysis, principal, order.query, null);
  const page = tasksOfPage(run, analysis, found, order.limit ?? Number.POSITIVE_INFINITY);
  return transaction(scheduler.sql, async (tx) => {
    await insertRuns(scheduler.events, tx, [{ ...run, cursor: page.next, leftOut: page.leftOut }]);
    await insertTasks(scheduler, tx, page.tasks);
    // Every slice may have failed for want of an input, or the query have found none: then the run is finished at once.
    const rows = await tx<RunRow[]>`select * from scheduler.runs where id = ${run.id}`;
    const finished = await finishRuns(tx, rows);
    await scheduler.events.emitAll(tx, finished.map(runFinished));
    if (page.next !== null) await notifyLoops(tx, "collect");
    const [created] = finished.length > 0 ? finished : rows;
    if (created === undefined) throw new Error(`Run ${run.id} was not inserted.`);
    return created;
  });
};

/**
 * Refuses to read a field that no dataset of the run's owner has and that is nearly one that there is: every slice would be given
 * null, without a word. Any other field may be missing everywhere.
 * @throws Problem `invalid` with the nearest names
 */
export const requireReadable = async (
  { peer }: Catalog,
  owner: Principal,
  { name, version, reads }: Manifest,
): Promise<void> => {
  if (reads.length === 0) return;
  const expression = reads.map((field) => `has(${queryField(field)})`).join(" || ");
  const { unseen } = await peer("catalog", owner).call(catalogRoutes.checkQuery, {
    body: { expression, level: "scan" },
  });
  const slips = unseen.flatMap(({ field, nearest }) => {
    const meant = nearest.filter((name) => isSlip(field, name));
    return meant.length === 0 ? [] : [{ field, meant }];
  });
  const [first] = slips;
  if (first === undefined) return;
  throw new Problem({
    code: "invalid",
    message: `${name} ${version} reads ${first.field}, which no dataset that you may read has; did you mean ${first.meant.join(" or ")}?`,
    subject: first.field,
    next: "Correct `reads` in the manifest and raise its version; see what there is with `rollerblade fields`.",
    findings: slips.map(({ field }) => ({ where: field, message: "is unknown" })),
  });
};

/** A person's order as a run: with its parameters resolved and its inputs locked. */
export const orderedRun = async (
  sql: Sql,
  { name: owner, limits }: Principal,
  order: RunOrder,
  { manifest }: Analysis,
) => ({
  id: newEventId(),
  document: null,
  rule: null,
  owner,
  limitedToken: limits?.token ?? null,
  priority: order.priority,
  parameters: resolveParameters(manifest, order.parameters),
  analysis: manifest.name,
  version: manifest.version,
  query: order.query,
  force: order.force,
  sliceLimit: order.limit,
  stopsEarly: order.stopEarly,
  locks: await lockInputs(sql, manifest, order.inputs),
  traceparent: currentTraceparent(),
});
