import { stagingPrefix } from "@rollerblade/abids/bucket-layout";
import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { notifyLoops } from "../notifications.ts";
import { forgetRatings } from "../ratings/forget-ratings.ts";
import { tombstonesTable } from "../tables.gen.ts";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";
import { insertTombstones, stoppedByTombstones, type Tombstone } from "../tasks/tombstones.ts";
import { forgetTasks } from "./forget-tasks.ts";

/**
 * Withdraws what tombstones name, as far as one transaction can: tasks that were decided before and are about it stop, publications
 * that have begun are marked to be undone, and derivatives are marked as withdrawn. Their objects are removed afterwards by
 * `removeWithdrawn`, in steps that can be repeated after a crash.
 * @param published ids of derivatives that were withdrawn by name
 */
export const withdraw = async (
  finishing: TaskFinishing,
  tx: Transaction,
  tombstones: readonly Tombstone[],
  published: readonly string[] = [],
): Promise<void> => {
  await insertTombstones(tx, tombstones);
  await stopTasks(finishing, tx, tombstones);
  await markDerivatives(tx, tombstones, published);
  await forgetRatings(tx, tombstones);
  await forgetStaged(tx, published);
  await forgetTasks(tx, tombstones, published);
  await notifyLoops(tx, "withdraw", "publish", "cancel", "sweep");
};

/** Stops tasks that are not final; a dataset has few enough of these to look at each. */
const stopTasks = async (
  finishing: TaskFinishing,
  tx: Transaction,
  tombstones: readonly Tombstone[],
): Promise<void> => {
  const datasets = [...new Set(tombstones.map(({ dataset }) => dataset))];
  // Executions are locked before tasks, the order in which attempts are finished: neither waits for the other in a ring.
  await tx`
    select id from scheduler.executions
    where state in ('queued', 'delayed', 'running') and id in (
      select execution from scheduler.tasks where dataset = any(${datasets}::text[]) and state <> 'final')
    order by id for update`;
  const unfinished = await tx<{ id: string; execution: string | null; state: string }[]>`
    select id, execution, state from scheduler.tasks
    where dataset = any(${datasets}::text[]) and state <> 'final' order by id for update`;
  const stopped = new Set(
    await stoppedByTombstones(
      tx,
      unfinished.map(({ id }) => id),
    ),
  );
  const publishing = unfinished.filter(({ id, state }) => stopped.has(id) && state === "publishing");
  // A publication that has begun becomes final once it has undone what it put.
  const begun = await tx<{ task: string }[]>`
    update scheduler.intents set stopped = true
    where task = any(${publishing.map(({ id }) => id)}::uuid[]) returning task`;
  const later = new Set(begun.map(({ task }) => task));
  const now = unfinished.filter(({ id }) => stopped.has(id) && !later.has(id));
  const reason = "what it is made from was withdrawn";
  await finishTasks(
    finishing,
    tx,
    now.map(({ id }) => ({ task: id, outcome: "cancelled", reason, derivatives: [] })),
  );
  await releaseExecutions(
    tx,
    now.map(({ execution }) => execution),
  );
};

/**
 * Marks the derivatives of a whole dataset or subject without an event for each. Of a single file only those that the catalog names
 * are marked: it alone knows what was made from what.
 */
const markDerivatives = async (
  tx: Transaction,
  tombstones: readonly Tombstone[],
  published: readonly string[],
): Promise<void> => {
  const whole = tombstones.filter(({ path }) => path === null);
  const columns = columnsOf(tombstonesTable, "dataset", "subject", "at");
  await tx`
    update scheduler.derivatives as derivative set state = 'withdrawn'
    where state <> 'withdrawn' and (
      id = any(${[...published]}::uuid[])
      or exists (
        select from ${recordset(tx, columns, whole)} as tombstone
        where tombstone.dataset = derivative.dataset and derivative.created_at < tombstone.at
          and (tombstone.subject is null or tombstone.subject = derivative.slice ->> 'subject')))`;
};

/**
 * Forgets what still lies in staging of derivatives that were withdrawn by name, so that no later task publishes it once more instead of
 * computing it anew. The objects go as all staged ones do.
 */
const forgetStaged = async (tx: Transaction, published: readonly string[]): Promise<void> => {
  if (published.length === 0) return;
  await tx`
    delete from scheduler.locations as location
    using scheduler.derivatives as derivative, scheduler.executions as execution
    where derivative.id = any(${[...published]}::uuid[]) and execution.key = derivative.key
      and location.kind = 'staged' and location.sha256 = derivative.sha256
      and starts_with(location.object, ${stagingPrefix} || execution.id || '/')
      and not exists (select from scheduler.tasks where tasks.execution = execution.id and tasks.state <> 'final')`;
};
