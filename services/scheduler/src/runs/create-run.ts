import { type JsonObject, resolveParameters } from "@rollerblade/analysis";
import { transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { newEventId } from "@rollerblade/events";
import type { Principal } from "@rollerblade/service-kit";
import { currentTraceparent } from "@rollerblade/telemetry";
import { type Analysis, findHighest } from "../analyses/known-analyses.ts";
import { wakeAll } from "../notifications.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Priority, runs } from "../schema.ts";
import { finishRuns } from "../tasks/count-outcomes.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { readSlices, tasksOfPage } from "./collect-slices.ts";
import { insertRuns } from "./insert-runs.ts";
import { lockInputs } from "./run-locks.ts";

type Run = typeof runs.$inferSelect;

/** What a person asks for. */
export type RunOrder = {
  readonly analysis: string;
  /** A range. */
  readonly version: string;
  readonly query: string;
  readonly parameters: JsonObject;
  readonly priority: Priority;
};

/**
 * Begins a run: the first page of slices at once, so that a wrong query is refused at once; the rest follows by itself.
 * @throws Problem `not-found`, `invalid`
 */
export const createRun = async (scheduler: Scheduler, principal: Principal, order: RunOrder): Promise<Run> => {
  await scheduler.authorize(principal, "run", { kind: "analysis", name: order.analysis });
  const analysis = await findHighest(scheduler.sql, order.analysis, order.version);
  if (analysis === undefined) throw noVersion(order);
  const run = await orderedRun(scheduler, principal, order, analysis);
  const page = await readSlices(scheduler, analysis, principal.name, order.query, null);
  const tasks = tasksOfPage(run, analysis, page);
  return transaction(scheduler.sql, async (tx) => {
    await insertRuns(scheduler, tx, [{ ...run, cursor: page.next }]);
    await insertTasks(scheduler, tx, tasks);
    const rows = await tx<Run[]>`select * from scheduler.runs where id = ${run.id}`;
    await scheduler.events.emitAll(tx, await finishRuns(tx, rows));
    if (page.next !== null) await wakeAll(tx, "collect");
    const [created] = await tx<Run[]>`select * from scheduler.runs where id = ${run.id}`;
    if (created === undefined) throw new Error(`Run ${run.id} was not inserted.`);
    return created;
  });
};

const orderedRun = async (
  scheduler: Scheduler,
  { name: owner }: Principal,
  order: RunOrder,
  { manifest }: Analysis,
) => ({
  id: newEventId(),
  document: null,
  rule: null,
  owner,
  priority: order.priority,
  parameters: resolveParameters(manifest, order.parameters),
  analysis: manifest.name,
  version: manifest.version,
  query: order.query,
  locks: await lockInputs(scheduler, manifest),
  traceparent: currentTraceparent(),
});

const noVersion = ({ analysis, version }: RunOrder): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no version of ${analysis} that ${version} allows.`,
    subject: analysis,
    next: `See its versions with \`rollerblade analysis show ${analysis}\`.`,
  });
