import { type Sql, type Transaction, transaction } from "@rollerblade/database";
import type { Executor } from "@rollerblade/executors";
import { notifyLoops } from "../notifications.ts";
import { isDead, type LeaseHolder } from "../replica.ts";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { type BegunAttempt, type ClaimedAttempt, readAttempts } from "./read-attempts.ts";

/** What reconciling needs. */
type Reconciling = LeaseHolder & TaskFinishing;

/**
 * Takes over what dead replicas left. Every attempt without a living owner becomes ours, and its executor reports what became of it;
 * publications are free to be claimed; then executors end whatever runs of attempts that nobody owns.
 */
export const reconcileAttempts = async (
  holder: Reconciling,
  dispatcher: Pick<Dispatcher, "adopt" | "cancel">,
  executors: readonly Pick<Executor, "reconcile">[],
): Promise<void> => {
  const { sql } = holder;
  const dead = await deadOwners(sql);
  const { adopted, orphans } = await takeOver(holder, dead);
  for (const claimed of adopted) dispatcher.adopt(claimed);
  // One of them may run in this very process, which was too busy to renew its lease.
  for (const { id } of orphans) await dispatcher.cancel(id);
  await freePublications(sql, dead);
  for (const executor of executors) await executor.reconcile((found) => ownedAttempts(sql, found));
};

/** Renews the leases of attempts in flight. */
export const renewLeases = async (
  { sql, replica, config }: LeaseHolder,
  attempts: readonly string[],
): Promise<void> => {
  if (attempts.length === 0) return;
  await sql`
    update scheduler.attempts set lease_until = now() + ${config.leaseSeconds} * interval '1 second'
    where id = any(${[...attempts]}::uuid[]) and lease_owner = ${replica} and state = 'running'`;
};

/** Gives up all leases of this replica when it stops, so that the next one need not wait until they run out. */
export const dropLeases = async ({ sql, replica }: Pick<LeaseHolder, "sql" | "replica">): Promise<void> => {
  await sql`update scheduler.attempts set lease_until = now() where lease_owner = ${replica} and state = 'running'`;
  await sql`
    update scheduler.tasks set lease_owner = null, lease_until = null
    where lease_owner = ${replica} and state = 'publishing'`;
};

/** Finds owners of leases that are certainly dead, so that nobody needs to wait until their leases run out. */
const deadOwners = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ owner: string }[]>`
    select distinct lease_owner as owner from scheduler.attempts where state = 'running'
    union
    select distinct lease_owner from scheduler.tasks where state = 'publishing' and lease_owner is not null`;
  return rows.map(({ owner }) => owner).filter(isDead);
};

const freePublications = async (sql: Sql, dead: readonly string[]): Promise<void> => {
  if (dead.length === 0) return;
  const freed = await sql`
    update scheduler.tasks set lease_owner = null, lease_until = null
    where state = 'publishing' and lease_owner = any(${[...dead]}::text[]) returning id`;
  if (freed.length > 0) await notifyLoops(sql, "publish");
};

/** What became of attempts without a living owner. */
type TakenOver = {
  /** Those that are ours now and are to be observed. */
  readonly adopted: readonly ClaimedAttempt[];
  /** Those that were ended, since nobody can run them any more. */
  readonly orphans: readonly Orphan[];
};

type Orphan = Pick<BegunAttempt, "id" | "execution">;

/**
 * Leases the attempts whose owners are dead or have not renewed their leases, and ends those among them that cannot be adopted: their
 * slice is forgotten, or their execution is over. Several replicas share them without waiting for each other.
 */
const takeOver = async (holder: Reconciling, dead: readonly string[]): Promise<TakenOver> => {
  const { sql, replica, config } = holder;
  // Most rounds find nothing, and need no transaction for it.
  const found = await sql<{ id: string; execution: string }[]>`
    select id, execution from scheduler.attempts
    where state = 'running' and (lease_until < now() or lease_owner = any(${[...dead]}::text[]))`;
  if (found.length === 0) return { adopted: [], orphans: [] };
  return transaction(sql, async (tx) => {
    // Executions before attempts, as wherever both are locked.
    const locked = await tx<{ id: string }[]>`
      select id from scheduler.executions where id = any(${found.map(({ execution }) => execution)}::uuid[])
      order by id for update skip locked`;
    const taken = await tx<(BegunAttempt & { over: boolean })[]>`
      update scheduler.attempts as attempt
      set lease_owner = ${replica}, lease_until = now() + ${config.leaseSeconds} * interval '1 second'
      from scheduler.executions as execution
      where execution.id = attempt.execution and attempt.id in (
        select id from scheduler.attempts
        where execution = any(${locked.map(({ id }) => id)}::uuid[]) and state = 'running'
          and (lease_until < now() or lease_owner = any(${[...dead]}::text[]))
        for update skip locked)
      returning attempt.id, attempt.execution, attempt.number, attempt.memory, execution.state <> 'running' as over`;
    const adopted = await readAttempts(
      tx,
      sql,
      taken.filter(({ over }) => !over).map(({ over: _, ...begun }) => begun),
    );
    const ours = new Set(adopted.map(({ attempt }) => attempt.id));
    const orphans = taken.filter(({ id }) => !ours.has(id));
    await endOrphans(holder, tx, orphans);
    return { adopted, orphans };
  });
};

/**
 * Ends attempts that nobody can run any more, with their executions and the tasks that wait for these. What still runs of them on a
 * machine, the executors' reconciliation ends.
 */
const endOrphans = async (finishing: TaskFinishing, tx: Transaction, orphans: readonly Orphan[]): Promise<void> => {
  if (orphans.length === 0) return;
  const executions = orphans.map(({ execution }) => execution);
  await tx`
    update scheduler.attempts set state = 'ended', outcome = 'lost', reason = 'what it was run for is gone', finished_at = now()
    where id = any(${orphans.map(({ id }) => id)}::uuid[])`;
  await tx`
    update scheduler.executions set state = 'cancelled', finished_at = now()
    where id = any(${executions}::uuid[]) and state = 'running'`;
  const tasks = await tx<{ id: string }[]>`
    select id from scheduler.tasks as task
    where execution = any(${executions}::uuid[]) and state = 'waiting' and exists (
      select from scheduler.executions where executions.id = task.execution and executions.state = 'cancelled')`;
  await finishTasks(
    finishing,
    tx,
    tasks.map(({ id }) => ({ task: id, outcome: "cancelled", reason: "what it was about is gone", derivatives: [] })),
  );
  await notifyLoops(tx, "sweep", "withdraw");
};

/** Of attempts that an executor has found, finds those that some replica still takes care of. */
const ownedAttempts = async (sql: Sql, found: readonly string[]): Promise<ReadonlySet<string>> => {
  // An executor may find things of others, whose names are no UUIDs.
  const uuids = found.filter((id) => /^[0-9a-f-]{36}$/.test(id));
  const rows = await sql<{ id: string }[]>`
    select id from scheduler.attempts where id = any(${uuids}::uuid[]) and state = 'running'`;
  return new Set(rows.map(({ id }) => id));
};
