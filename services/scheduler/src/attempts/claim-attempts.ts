import type { JsonObject } from "@rollerblade/abids";
import type { RequestedSlice } from "@rollerblade/analysis";
import { lockInTransaction, type Transaction, transaction } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import type { Attempt, Room } from "@rollerblade/executors";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import { type StartedTask, taskStarted } from "../tasks/task-events.ts";
import { type Candidate, chooseFitting, inFairOrder, type Share } from "./choose-fitting.ts";

/** Executions of one queue that are looked at in one turn. */
const depth = 64;

/** An attempt that is ours to run. */
export type ClaimedAttempt = {
  readonly attempt: Attempt;
  /** From 1. */
  readonly number: number;
  /** The trace of the task that it is run for. */
  readonly traceparent: string;
  /** The traces of the others that share it. */
  readonly shared: readonly string[];
};

/** The machine that attempts are claimed for. */
export type Machine = {
  readonly whole: Room;
  readonly used: Room;
  readonly ahead: (candidate: Candidate) => number;
};

/**
 * Takes what fits from the front of the queue, and writes down the attempts that begin with it.
 * @param machine null where a cluster has the room, and Pods are only counted
 */
export const claimAttempts = async (
  scheduler: Scheduler,
  kindOf: (code: string) => string,
  machine: Machine | null,
): Promise<ClaimedAttempt[]> => {
  // Every end asks for more, and most of the time nothing waits.
  const queued = await scheduler.sql`select from scheduler.executions where state = 'queued' limit 1`;
  if (queued.length === 0) return [];
  return transaction(scheduler.sql, async (tx) => {
    // Replicas take turns, so that each sees what the other took.
    await lockInTransaction(tx, "scheduler claim");
    const chosen = machine === null ? await choosePods(scheduler, tx) : await chooseForMachine(tx, machine);
    if (chosen.length === 0) return [];
    const marked = await markRunning(tx, chosen);
    const claimed = await readAttempts(scheduler, tx, marked);
    await Promise.all([
      takeTurns(tx, chosen),
      dropUnwanted(tx, marked, claimed),
      writeAttempts(scheduler, tx, claimed, kindOf),
    ]);
    return claimed;
  });
};

const chooseForMachine = async (tx: Transaction, { whole, used, ahead }: Machine): Promise<readonly Candidate[]> => {
  const [queue, shares] = await Promise.all([readQueue(tx, depth, []), readShares(tx)]);
  return chooseFitting(inFairOrder(queue, shares), whole, used, ahead);
};

/** As many as there may be Pods. One that waits for its place takes none from others, but its analysis gets no more than some. */
const choosePods = async (
  { config: { pods, waitingPods, batchMost } }: Scheduler,
  tx: Transaction,
): Promise<readonly Candidate[]> => {
  const counts = await countPods(tx);
  const free = pods - counts.reduce((sum, { running }) => sum + running, 0);
  if (free <= 0) return [];
  const held = counts.filter(({ waiting }) => waiting >= waitingPods);
  const [queue, shares] = await Promise.all([readQueue(tx, Math.min(free, batchMost), held), readShares(tx)]);
  return inFairOrder(queue, shares).slice(0, Math.min(free, batchMost));
};

type Version = { readonly analysis: string; readonly version: string };
type PodCount = Version & { readonly running: number; readonly waiting: number };

const countPods = (tx: Transaction): PromiseLike<PodCount[]> => tx<PodCount[]>`
  select execution.analysis, execution.version, count(*) filter (where attempt.waiting = '')::int as running,
    count(*) filter (where attempt.waiting <> '')::int as waiting
  from scheduler.attempts as attempt join scheduler.executions as execution on execution.id = attempt.execution
  where attempt.state = 'running' group by execution.analysis, execution.version`;

/**
 * The front of every owner's queue; each is found by the index, however long the queues are.
 * @param without versions of which no more is wanted now
 */
const readQueue = (tx: Transaction, most: number, without: readonly Version[]): PromiseLike<Candidate[]> => tx<
  Candidate[]
>`
  with recursive queues as (
    (select rank, owner from scheduler.executions where state = 'queued' order by rank, owner limit 1)
    union all
    select next.rank, next.owner from queues cross join lateral (
      select rank, owner from scheduler.executions
      where state = 'queued' and (rank, owner) > (queues.rank, queues.owner)
      order by rank, owner limit 1) as next)
  select front.*, row_number() over (partition by front.rank, front.owner order by front.enqueued)::int - 1 as place
  from queues cross join lateral (
    select id, analysis, version, rank, owner, enqueued, cpu, memory from scheduler.executions
    where state = 'queued' and rank = queues.rank and owner = queues.owner
      and not exists (
        select from unnest(
          ${without.map(({ analysis }) => analysis)}::text[], ${without.map(({ version }) => version)}::text[])
          as held(analysis, version)
        where held.analysis = executions.analysis and held.version = executions.version)
    order by enqueued limit ${most}) as front`;

const readShares = async (tx: Transaction): Promise<ReadonlyMap<string, Share>> => {
  const rows = await tx<(Share & { owner: string })[]>`
    with busy as (
      select owner, count(*)::int as running from scheduler.executions where state = 'running' group by owner)
    select owner, coalesce(busy.running, 0) as running, coalesce(turns.taken, 0)::float8 as turn
    from busy full join scheduler.turns using (owner)`;
  return new Map(rows.map(({ owner, running, turn }) => [owner, { running, turn }]));
};

/** Whoever was served now stands behind those who were not. */
const takeTurns = (tx: Transaction, chosen: readonly Candidate[]): PromiseLike<unknown> => tx`
  insert into scheduler.turns (owner) select distinct owner from unnest(${chosen.map(({ owner }) => owner)}::text[]) as owner
  on conflict (owner) do update set taken = nextval(pg_get_serial_sequence('scheduler.turns', 'taken'))`;

type Marked = {
  readonly id: string;
  readonly analysis: string;
  readonly version: string;
  readonly parameters: JsonObject;
  readonly memory: number;
  readonly attempts: number;
  readonly rank: number;
  readonly owner: string;
};

/** In the order in which they were chosen. */
const markRunning = async (tx: Transaction, chosen: readonly Candidate[]): Promise<Marked[]> => {
  const rows = await tx<Marked[]>`
    update scheduler.executions set state = 'running', attempts = attempts + 1, staged = true, not_before = null
    where id = any(${chosen.map(({ id }) => id)}::uuid[]) and state = 'queued'
    returning id, analysis, version, parameters, memory, attempts, rank, owner`;
  const order = new Map(chosen.map(({ id }, index) => [id, index]));
  return rows.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
};

type WaitingTask = {
  readonly execution: string;
  readonly requested: RequestedSlice;
  readonly traceparents: string[];
};

const readAttempts = async (
  scheduler: Scheduler,
  tx: Transaction,
  marked: readonly Marked[],
): Promise<ClaimedAttempt[]> => {
  const waiting = await tx<WaitingTask[]>`
    select distinct on (execution) execution, requested,
      array_agg(traceparent) over (partition by execution order by sequence, id
        rows between unbounded preceding and unbounded following) as traceparents
    from scheduler.tasks
    where execution = any(${marked.map(({ id }) => id)}::uuid[]) and state = 'waiting'
    order by execution, sequence, id`;
  const analyses = await findAnalyses(tx, scheduler.sql, marked);
  const byExecution = new Map(waiting.map((task) => [task.execution, task]));
  return marked.flatMap((execution) => {
    const task = byExecution.get(execution.id);
    const analysis = analyses.get(versionKey(execution.analysis, execution.version));
    if (task === undefined || analysis === undefined) return [];
    const [traceparent = "", ...shared] = task.traceparents;
    const { manifest, code, image, folder } = analysis;
    const { parameters, memory, rank, owner } = execution;
    const attempt = { id: newEventId(), execution: execution.id, manifest, parameters, slice: task.requested };
    return [
      {
        attempt: { ...attempt, code, image, folder, memory, rank, owner, traceparent: "" },
        number: execution.attempts,
        traceparent,
        shared,
      },
    ];
  });
};

/** Every way to lose the last task gives the execution up too; should one not, the queue must not stand still for it. */
const dropUnwanted = async (
  tx: Transaction,
  marked: readonly Marked[],
  claimed: readonly ClaimedAttempt[],
): Promise<void> => {
  const wanted = new Set(claimed.map(({ attempt }) => attempt.execution));
  const unwanted = marked.map(({ id }) => id).filter((id) => !wanted.has(id));
  if (unwanted.length === 0) return;
  await tx`
    update scheduler.executions set state = 'cancelled', finished_at = now() where id = any(${unwanted}::uuid[])`;
};

const writeAttempts = async (
  { events, replica, config }: Scheduler,
  tx: Transaction,
  claimed: readonly ClaimedAttempt[],
  kindOf: (code: string) => string,
): Promise<void> => {
  const rows = claimed.map(({ attempt, number }) => ({
    id: attempt.id,
    execution: attempt.execution,
    number,
    executor: kindOf(attempt.code),
    memory: attempt.memory,
  }));
  const tasks = await tx<StartedTask[]>`
    with begun as (
      insert into scheduler.attempts (id, execution, number, state, executor, memory, lease_owner, lease_until)
      select id, execution, number, 'running', executor, memory, ${replica}, now() + ${config.leaseSeconds} * interval '1 second'
      from jsonb_to_recordset(${asRecords(rows)}::text::jsonb)
        as row(id uuid, execution uuid, number int, executor text, memory bigint)
      returning execution, number)
    select task.id as task, task.run, task.execution, begun.number as attempt, task.slice, task.analysis, task.version,
      task.traceparent
    from begun join scheduler.tasks as task on task.execution = begun.execution and task.state = 'waiting'`;
  await events.emitAll(tx, tasks.map(taskStarted));
};
