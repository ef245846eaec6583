import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { executionsTable } from "../tables.gen.ts";
import { lossesUntilAlone } from "./after-attempt.ts";
import type { QueuedExecution, Share } from "./choose-fitting.ts";

/** A version of an analysis. */
export type Version = { readonly analysis: string; readonly version: string };

/** How many attempts of a version run in Pods, and how many have a Pod or Job that does not run yet. */
export type PodCount = Version & { readonly running: number; readonly waiting: number };

/** Counts the attempts of each version that has any. */
export const countPods = (tx: Transaction): PromiseLike<PodCount[]> => tx<PodCount[]>`
  select execution.analysis, execution.version, count(*) filter (where attempt.waiting = '')::int as running,
    count(*) filter (where attempt.waiting <> '')::int as waiting
  from scheduler.attempts as attempt join scheduler.executions as execution on execution.id = attempt.execution
  where attempt.state = 'running' group by execution.analysis, execution.version`;

/**
 * Reads the front of every queue: one for each rank and owner. The recursive part steps from queue to queue and the lateral one takes
 * the front of each, both by the index `executions_queue`, so that it costs the same however long the queues are.
 * @param depth executions of each queue
 * @param without versions that are left out
 */
export const readQueues = (
  tx: Transaction,
  depth: number,
  without: readonly Version[],
): PromiseLike<QueuedExecution[]> => tx<QueuedExecution[]>`
  with recursive queues as (
    (select rank, owner from scheduler.executions where state = 'queued' order by rank, owner limit 1)
    union all
    select next.rank, next.owner from queues cross join lateral (
      select rank, owner from scheduler.executions
      where state = 'queued' and (rank, owner) > (queues.rank, queues.owner)
      order by rank, owner limit 1) as next)
  select front.*, row_number() over (partition by front.rank, front.owner order by front.enqueued)::int - 1 as place
  from queues cross join lateral (
    select id, analysis, version, rank, owner, enqueued, cpu, memory,
      attempts - counted >= ${lossesUntilAlone} and ${lossesUntilAlone} <= (
        select count(*) from scheduler.attempts as attempt
        where attempt.execution = executions.id and attempt.outcome = 'lost') as alone
    from scheduler.executions
    where state = 'queued' and rank = queues.rank and owner = queues.owner
      and not exists (
        select from ${recordset(tx, columnsOf(executionsTable, "analysis", "version"), without)} as excluded
        where excluded.analysis = executions.analysis and excluded.version = executions.version)
    order by enqueued limit ${depth}) as front`;

/** Reads what each owner has running, and when each was last served. */
export const readShares = async (tx: Transaction): Promise<ReadonlyMap<string, Share>> => {
  const rows = await tx<(Share & { owner: string })[]>`
    with busy as (
      select owner, count(*)::int as running from scheduler.executions where state = 'running' group by owner)
    select owner, coalesce(busy.running, 0) as running, coalesce(turns.taken, 0)::float8 as turn
    from busy full join scheduler.turns using (owner)`;
  return new Map(rows.map(({ owner, running, turn }) => [owner, { running, turn }]));
};

/** Notes that owners were served now: among equals they stand behind those who were not. */
export const takeTurns = (tx: Transaction, owners: readonly string[]): PromiseLike<unknown> => tx`
  insert into scheduler.turns (owner) select distinct owner from unnest(${[...owners]}::text[]) as owner
  on conflict (owner) do update set taken = nextval(pg_get_serial_sequence('scheduler.turns', 'taken'))`;
