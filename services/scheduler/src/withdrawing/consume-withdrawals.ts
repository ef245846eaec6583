import type { Transaction } from "@rollerblade/database";
import { erasureHandlers, type Received, type ServiceEvents } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import { notifyLoops } from "../notifications.ts";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { releaseExecutions } from "../tasks/release-executions.ts";
import { eraseNotes } from "./erase-notes.ts";
import { eraseReferences } from "./erase-references.ts";
import { withdraw } from "./withdraw.ts";

/** What consuming withdrawals needs. */
type Withdrawals = TaskFinishing & {
  readonly events: Pick<ServiceEvents, "subscribe">;
  readonly objects: Pick<ObjectStore, "list" | "delete">;
};

/** Subscribes to what is withdrawn: data, what is no longer in force, and rights, which are looked for at once. */
export const consumeWithdrawals = (scheduler: Withdrawals): void => {
  scheduler.events.subscribe({
    durable: "scheduler",
    handlers: {
      "scan.withdrawn": (events, tx) =>
        withdraw(
          scheduler,
          tx,
          events.map(({ message: { dataset, path }, time }) => ({ dataset, subject: null, path, at: time })),
        ),
      "subject.deleted": (events, tx) =>
        withdraw(
          scheduler,
          tx,
          events.map(({ message: { dataset, subject }, time }) => ({ dataset, subject, path: null, at: time })),
        ),
      "dataset.deleted": (events, tx) =>
        withdraw(
          scheduler,
          tx,
          events.map(({ message: { dataset }, time }) => ({ dataset, subject: null, path: null, at: time })),
        ),
      "derivative.withdrawn": (events, tx) =>
        withdraw(
          scheduler,
          tx,
          events.map(({ message: { dataset, path }, time }) => ({ dataset, subject: null, path, at: time })),
          events.map(({ message }) => message.id),
        ),
      "derivative.superseded": (events, tx) => dropOutdated(scheduler, tx, events),
      ...erasureHandlers("scheduler", async (tx, erased, until) => {
        await eraseReferences(scheduler.objects, tx, erased.dataset);
        await eraseNotes(tx, erased, until);
      }),
      "grant.changed": (_events, tx) => notifyLoops(tx, "revoke"),
    },
  });
};

/**
 * Drops queued tasks of documents whose inputs are no longer in force: the router, which decided them, decides anew for what took
 * their place. A task whose very content has a name again is kept.
 */
const dropOutdated = async (
  finishing: TaskFinishing,
  tx: Transaction,
  events: readonly Received<"derivative.superseded">[],
): Promise<void> => {
  const rows = await tx<{ id: string; execution: string | null }[]>`
    select distinct task.id, task.execution
    from unnest(${events.map(({ message }) => message.id)}::uuid[]) as older(id)
    join scheduler.derivatives as derivative on derivative.id = older.id
    join scheduler.tasks as task
      on task.dataset = derivative.dataset and task.state in ('open', 'waiting') and task.document is not null
      and task.sources @> array[derivative.dataset || '/' || derivative.path]
      and jsonb_path_exists(task.requested, '$.inputs[*].members[*] ? (@.path == $path && @.sha256 == $sha256)',
        jsonb_build_object('path', derivative.path, 'sha256', derivative.sha256))
    left join scheduler.executions as execution on execution.id = task.execution
    where coalesce(execution.state, 'queued') in ('queued', 'delayed')
      and not exists (
        select from scheduler.derivatives as newer
        where newer.dataset = derivative.dataset and newer.path = derivative.path and newer.state = 'in-force'
          and newer.sha256 = derivative.sha256)`;
  const reason = "what it is made from is no longer in force";
  await finishTasks(
    finishing,
    tx,
    rows.map(({ id }) => ({ task: id, outcome: "superseded", reason, derivatives: [] })),
  );
  await releaseExecutions(
    tx,
    rows.map(({ execution }) => execution),
  );
};
