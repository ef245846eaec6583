import type { Transaction } from "@rollerblade/database";
import { wakeAll } from "../notifications.ts";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";
import { buryAll, stoppedByTombstones, type Tombstone } from "../tasks/tombstones.ts";
import { forgetTasks } from "./forget-tasks.ts";

/**
 * Takes note of what is gone: whatever was decided before and is about it stops, publications that have begun are to be taken
 * back, and what was published is marked; its objects are removed afterwards, in steps that survive a crash.
 * @param published ids of derivatives that were withdrawn by name
 */
export const withdraw = async (
  scheduler: Scheduler,
  tx: Transaction,
  tombstones: readonly Tombstone[],
  published: readonly string[] = [],
): Promise<void> => {
  await buryAll(tx, tombstones);
  await stopTasks(scheduler, tx, tombstones);
  await markDerivatives(tx, tombstones, published);
  await forgetTasks(tx, tombstones, published);
  await wakeAll(tx, "withdraw", "publish", "cancel", "sweep");
};

/** The tasks of a dataset that are not final are few enough to look at each. */
const stopTasks = async (scheduler: Scheduler, tx: Transaction, tombstones: readonly Tombstone[]): Promise<void> => {
  const datasets = [...new Set(tombstones.map(({ dataset }) => dataset))];
  // Executions before tasks, as whoever finishes attempts does.
  await tx`
    select id from scheduler.executions
    where state in ('queued', 'delayed', 'running') and id in (
      select execution from scheduler.tasks where dataset = any(${datasets}::text[]) and state <> 'final')
    order by id for update`;
  const open = await tx<{ id: string; execution: string | null; state: string }[]>`
    select id, execution, state from scheduler.tasks
    where dataset = any(${datasets}::text[]) and state <> 'final' order by id for update`;
  const stopped = new Set(
    await stoppedByTombstones(
      tx,
      open.map(({ id }) => id),
    ),
  );
  const publishing = open.filter(({ id, state }) => stopped.has(id) && state === "publishing");
  // Publications that have begun end themselves, once they have taken back what they put.
  const begun = await tx<{ task: string }[]>`
    update scheduler.intents set stopped = true
    where task = any(${publishing.map(({ id }) => id)}::uuid[]) returning task`;
  const later = new Set(begun.map(({ task }) => task));
  const now = open.filter(({ id }) => stopped.has(id) && !later.has(id));
  const reason = "what it is made from was withdrawn";
  await finishTasks(
    scheduler,
    tx,
    now.map(({ id }) => ({ task: id, outcome: "cancelled", reason, derivatives: [] })),
  );
  await releaseExecutions(
    tx,
    now.map(({ execution }) => execution),
  );
};

/** What is of a whole dataset or subject goes without being named one by one; what came of it otherwise, the catalog names. */
const markDerivatives = async (
  tx: Transaction,
  tombstones: readonly Tombstone[],
  published: readonly string[],
): Promise<void> => {
  const whole = tombstones.filter(({ path }) => path === null);
  await tx`
    update scheduler.derivatives as derivative set state = 'withdrawn'
    where state <> 'withdrawn' and (
      id = any(${[...published]}::uuid[])
      or exists (
        select from jsonb_to_recordset(${asRecords(whole)}::text::jsonb) as gone(dataset text, subject text, at timestamptz)
        where gone.dataset = derivative.dataset and derivative.created_at < gone.at
          and (gone.subject is null or gone.subject = derivative.slice ->> 'subject')))`;
};
