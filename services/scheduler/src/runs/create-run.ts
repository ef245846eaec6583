import type { JsonObject } from "@rollerblade/abids";
import { type DerivativeLock, type Manifest, resolveParameters } from "@rollerblade/analysis";
import { type Sql, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { newEventId } from "@rollerblade/events";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { type Analysis, findHighest, requireHighest } from "../analyses/known-analyses.ts";
import { notifyLoops } from "../notifications.ts";
import type { Priority } from "../schema.ts";
import type { RunRow } from "../tables.gen.ts";
import { finishRuns, runFinished } from "../tasks/count-outcomes.ts";
import type { TaskFinishing } from "../tasks/finish-tasks.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { type Catalog, readSlices, tasksOfPage } from "./collect-slices.ts";
import { insertRuns } from "./insert-runs.ts";

/** What creating a run needs. */
type Creating = TaskFinishing & Catalog & Pick<ServiceContext, "authorize"> & { readonly sql: Sql };

/** A run as a person orders it. */
export type RunOrder = {
  readonly analysis: string;
  /** A range of versions, as npm writes them. Example: `^1.2`. */
  readonly version: string;
  readonly query: string;
  readonly parameters: JsonObject;
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
  locks: await lockInputs(sql, manifest),
  traceparent: currentTraceparent(),
});

/**
 * Locks the derivatives that a person's run builds on: of each analysis the highest version that exists and that the manifest
 * allows, with its default parameters. So the run means the same from its first slice to its last, even when a version is created
 * meanwhile.
 * @throws Problem `not-found` when no such version exists
 */
const lockInputs = async (sql: Sql, { name, inputs }: Manifest): Promise<DerivativeLock[]> => {
  const locks: DerivativeLock[] = [];
  for (const input of inputs) {
    if (input.kind !== "derivative") continue;
    const found = await findHighest(sql, input.analysis, input.version);
    if (found === undefined) throw missingInput(name, input);
    locks.push({ analysis: input.analysis, version: found.version, parametersHash: "" });
  }
  return locks;
};

const missingInput = (
  name: string,
  input: { readonly name: string; readonly analysis: string; readonly version: string },
): Problem =>
  new Problem({
    code: "not-found",
    message: `${name} needs ${input.analysis} ${input.version} for its input "${input.name}", and there is none.`,
    subject: input.analysis,
    next: `Create it with \`rollerblade analysis create\`, and run it first.`,
  });
