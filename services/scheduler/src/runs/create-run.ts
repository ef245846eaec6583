import type { JsonObject } from "@rollerblade/abids";
import { resolveParameters } from "@rollerblade/analysis";
import { type Sql, transaction } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { type Analysis, requireHighest } from "../analyses/known-analyses.ts";
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
type Creating = TaskFinishing & Catalog & Pick<ServiceContext, "authorize"> & { readonly sql: Sql };

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
};

/**
 * Creates a run with the tasks of its first page of slices, so that a wrong query is refused while its author waits; the loop
 * `collect` fetches further pages.
 * @throws Problem `not-found`, `invalid`
 */
export const createRun = async (scheduler: Creating, principal: Principal, order: RunOrder): Promise<RunRow> => {
  await scheduler.authorize(principal, "run", { kind: "analysis", name: order.analysis });
  const analysis = await requireHighest(scheduler.sql, order.analysis, order.version);
  const run = await orderedRun(scheduler.sql, principal, order, analysis);
  const page = await readSlices(scheduler, analysis, principal.name, order.query, null);
  const tasks = tasksOfPage(run, analysis, page);
  return transaction(scheduler.sql, async (tx) => {
    await insertRuns(scheduler.events, tx, [{ ...run, cursor: page.next }]);
    await insertTasks(scheduler, tx, tasks);
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

const orderedRun = async (sql: Sql, { name: owner }: Principal, order: RunOrder, { manifest }: Analysis) => ({
  id: newEventId(),
  document: null,
  rule: null,
  owner,
  priority: order.priority,
  parameters: resolveParameters(manifest, order.parameters),
  analysis: manifest.name,
  version: manifest.version,
  query: order.query,
  locks: await lockInputs(sql, manifest, order.inputs),
  traceparent: currentTraceparent(),
});
