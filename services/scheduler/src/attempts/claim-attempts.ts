import {
  columnsOf,
  lockInTransaction,
  recordset,
  type Sql,
  type Transaction,
  together,
  transaction,
} from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import type { Room } from "@rollerblade/executors";
import type { LeaseHolder } from "../replica.ts";
import { refuseWaiting } from "../rights/refuse-tasks.ts";
import { attemptsTable } from "../tables.gen.ts";
import type { TaskFinishing } from "../tasks/finish-tasks.ts";
import { type StartedTask, taskStarted } from "../tasks/task-events.ts";
import { chooseFitting, inFairOrder, type QueuedExecution } from "./choose-fitting.ts";
import { readLimits, saturated, withinLimits } from "./concurrency.ts";
import { type BegunAttempt, type ClaimedAttempt, readAttempts } from "./read-attempts.ts";
import { countPods, readQueues, readShares, takeTurns, type Version } from "./read-queues.ts";

/** What claiming needs. */
export type Claiming = LeaseHolder & TaskFinishing & { readonly config: PodLimits };

/** How many Pods there may be. */
type PodLimits = {
  /** Running ones. */
  readonly pods: number;
  /** Of one version of an analysis, that do not run yet. */
  readonly waitingPods: number;
  /** Of one claim. */
  readonly maxBatch: number;
};

/** The machine that attempts are claimed for. */
export type Machine = {
  readonly whole: Room;
  readonly used: Room;
  /** See {@link chooseFitting}. */
  readonly ahead: (execution: QueuedExecution) => number;
};

/** Executions of one queue that are looked at for a machine: more than any machine starts at once. */
const queueDepth = 64;

/**
 * Claims executions from the front of the queues, as many as fit, and inserts the attempts that begin with it under a lease of this
 * replica. Replicas take turns, so that each sees what the others took.
 * @param kindOf which executor runs code such as `image:sha256:…`
 * @param machine null where a cluster has the room, and Pods are only counted
 */
export const claimAttempts = async (
  scheduler: Claiming,
  kindOf: (code: string) => string,
  machine: Machine | null,
): Promise<ClaimedAttempt[]> => {
  const { sql, config } = scheduler;
  // Every end of an attempt asks for more, and most of the time nothing is queued: no need to take the lock.
  const queued = await sql`select from scheduler.executions where state = 'queued' limit 1`;
  if (queued.length === 0) return [];
  return transaction(sql, async (tx) => {
    await lockInTransaction(tx, "scheduler claim");
    const chosen = machine === null ? await chooseForCluster(tx, config) : await chooseForMachine(tx, machine);
    if (chosen.length === 0) return [];
    // Asked now, and not only when it was planned: a queue may be long.
    await refuseWaiting(
      scheduler,
      tx,
      chosen.map(({ id }) => id),
    );
    const begun = await markRunning(tx, chosen);
    const claimed = await readInOrder(tx, sql, begun);
    await together([
      takeTurns(
        tx,
        chosen.map(({ owner }) => owner),
      ),
      cancelUnwanted(tx, begun, claimed),
      insertAttempts(scheduler, tx, claimed, kindOf),
    ]);
    const alone = new Set(chosen.flatMap(({ id, alone }) => (alone ? [id] : [])));
    return claimed.map((one) => ({ ...one, alone: alone.has(one.attempt.execution) }));
  });
};

const chooseForMachine = async (
  tx: Transaction,
  { whole, used, ahead }: Machine,
): Promise<readonly QueuedExecution[]> => {
  return chooseFitting(await readStartable(tx, queueDepth, []), whole, used, ahead);
};

/**
 * Chooses as many as there may be Pods. A Pod that waits for a node takes nothing from others, so it is not counted as running; but an
 * analysis with too many of these, perhaps since its image cannot be pulled, gets no more until some run.
 */
const chooseForCluster = async (
  tx: Transaction,
  { pods, waitingPods, maxBatch }: PodLimits,
): Promise<readonly QueuedExecution[]> => {
  const counts = await countPods(tx);
  const free = Math.min(pods - counts.reduce((sum, { running }) => sum + running, 0), maxBatch);
  if (free <= 0) return [];
  const stuck = counts.filter(({ waiting }) => waiting >= waitingPods);
  return (await readStartable(tx, free, stuck)).slice(0, free);
};

/**
 * Reads what may start from the front of the queues, in a fair order. An analysis that is at the limit of its `concurrency` is
 * passed over, and what stands behind it is read instead.
 */
const readStartable = async (
  tx: Transaction,
  depth: number,
  without: readonly Version[],
): Promise<readonly QueuedExecution[]> => {
  const limits = await readLimits(tx);
  const [queue, shares] = await together([readQueues(tx, depth, [...without, ...saturated(limits)]), readShares(tx)]);
  const first = withinLimits(inFairOrder(queue, shares), limits);
  if (first.length === queue.length) return first;
  const others = await readQueues(tx, depth, [...without, ...saturated(limits, first)]);
  const startable = new Map([...first, ...others].map((execution) => [execution.id, execution]));
  return withinLimits(inFairOrder([...startable.values()], shares), limits);
};

/** Marks executions as running, and numbers the attempts that begin with it. */
const markRunning = async (tx: Transaction, chosen: readonly QueuedExecution[]): Promise<BegunAttempt[]> => {
  const rows = await tx<Omit<BegunAttempt, "id">[]>`
    update scheduler.executions set state = 'running', attempts = attempts + 1, staged = true, not_before = null
    where id = any(${chosen.map(({ id }) => id)}::uuid[]) and state = 'queued'
    returning id as execution, memory, attempts as number`;
  const order = new Map(chosen.map(({ id }, index) => [id, index]));
  const place = ({ execution }: { readonly execution: string }): number => order.get(execution) ?? 0;
  return rows.toSorted((a, b) => place(a) - place(b)).map((row) => ({ id: newEventId(), ...row }));
};

/** Reads attempts in the order in which they were chosen: the most urgent starts first. */
const readInOrder = async (tx: Transaction, pool: Sql, begun: readonly BegunAttempt[]): Promise<ClaimedAttempt[]> => {
  const claimed = await readAttempts(tx, pool, begun, { onlyWaiting: true });
  const byId = new Map(claimed.map((one) => [one.attempt.id, one]));
  return begun.flatMap(({ id }) => byId.get(id) ?? []);
};

/**
 * Cancels executions that no task waits for. Whatever ends the last task of an execution releases it, so there should be none; if there
 * is one all the same, the queue must not stand still for it.
 */
const cancelUnwanted = async (
  tx: Transaction,
  begun: readonly BegunAttempt[],
  claimed: readonly ClaimedAttempt[],
): Promise<void> => {
  const wanted = new Set(claimed.map(({ attempt }) => attempt.execution));
  const unwanted = begun.map(({ execution }) => execution).filter((execution) => !wanted.has(execution));
  if (unwanted.length === 0) return;
  await tx`
    update scheduler.executions set state = 'cancelled', finished_at = now() where id = any(${unwanted}::uuid[])`;
};

/** Inserts the attempts, and emits `task.started` for every task that waits for one. */
const insertAttempts = async (
  { events, replica, config }: Pick<Claiming, "events" | "replica" | "config">,
  tx: Transaction,
  claimed: readonly ClaimedAttempt[],
  kindOf: (code: string) => string,
): Promise<void> => {
  if (claimed.length === 0) return;
  const rows = claimed.map(({ attempt: { id, execution, code, memory }, number }) => ({
    id,
    execution,
    number,
    executor: kindOf(code),
    memory,
  }));
  const columns = columnsOf(attemptsTable, "id", "execution", "number", "executor", "memory");
  const tasks = await tx<StartedTask[]>`
    with begun as (
      insert into scheduler.attempts (id, execution, number, state, executor, memory, lease_owner, lease_until)
      select id, execution, number, 'running', executor, memory, ${replica}, now() + ${config.leaseSeconds} * interval '1 second'
      from ${recordset(tx, columns, rows)} as record
      returning execution, number)
    select task.id as task, task.run, task.execution, begun.number as attempt, task.slice, task.analysis, task.version,
      task.traceparent
    from begun join scheduler.tasks as task on task.execution = begun.execution and task.state = 'waiting'`;
  await events.emitAll(tx, tasks.map(taskStarted));
};
