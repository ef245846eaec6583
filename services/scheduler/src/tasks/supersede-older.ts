import type { Transaction } from "@rollerblade/database";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks } from "./finish-tasks.ts";
import { releaseExecutions } from "./release-executions.ts";

/**
 * Drops what waits in a queue for a slice of which the same rule has decided anew. What runs already goes on: else a group that
 * is decided again and again would never get anywhere.
 */
export const supersedeOlder = async (
  scheduler: Scheduler,
  tx: Transaction,
  newer: readonly string[],
): Promise<void> => {
  const older = await tx<{ id: string; execution: string | null }[]>`
    select older.id, older.execution
    from scheduler.tasks as newer
    join scheduler.tasks as older
      on older.document = newer.document and older.rule = newer.rule and older.slice_key = newer.slice_key
      and older.decided < newer.decided and older.state in ('open', 'waiting')
    left join scheduler.executions as execution on execution.id = older.execution
    where newer.id = any(${[...newer]}::uuid[]) and coalesce(execution.state, 'queued') in ('queued', 'delayed')`;
  await finishTasks(
    scheduler,
    tx,
    older.map(({ id }) => ({
      task: id,
      outcome: "superseded",
      reason: "a later decision for this slice took its place",
      derivatives: [],
    })),
  );
  await releaseExecutions(
    tx,
    older.map(({ execution }) => execution),
  );
};
