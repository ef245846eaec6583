import type { JsonObject } from "@rollerblade/abids";
import type { RequestedSlice } from "@rollerblade/analysis";
import { columnsOf, type Fragment, type Queryable, recordset, type Sql } from "@rollerblade/database";
import type { Attempt } from "@rollerblade/executors";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import { readStagedAssets } from "../assets/used-assets.ts";
import { type AttemptRow, attemptsTable } from "../tables.gen.ts";

/** An attempt that this replica is to run or to observe. */
export type ClaimedAttempt = {
  readonly attempt: Attempt;
  /** From 1. */
  readonly number: number;
  /** The trace of the task that it is run for. */
  readonly traceparent: string;
  /** The traces of the other tasks that wait for it. */
  readonly shared: readonly string[];
  /** Whether nothing else runs beside it on its machine; see `lossesUntilAlone`. */
  readonly alone: boolean;
};

/** The columns of an attempt that stand in its own row; the rest comes from its execution. */
export type BegunAttempt = Pick<AttemptRow, "id" | "execution" | "number" | "memory">;

type FoundAttempt = BegunAttempt & {
  readonly analysis: string;
  readonly version: string;
  readonly parameters: JsonObject;
  readonly rank: number;
  readonly owner: string;
  readonly requested: RequestedSlice;
  readonly traceparents: readonly string[];
};

/**
 * The task that an `execution` (an alias of the statement around it) is run for, with its slice and the traces of all that wait for
 * it. It is the waiting task with the lowest sequence. Should none wait any more, the attempt is about to be cancelled, and any task
 * whose slice is still known tells what it is about.
 *
 *     select … from scheduler.executions as execution join lateral ${taskOfExecution(sql)} as task on true
 */
export const taskOfExecution = (sql: Queryable): Fragment => sql`(
  select requested, state = 'waiting' as waits,
    array_agg(traceparent) over (partition by state = 'waiting' order by sequence, id
      rows between unbounded preceding and unbounded following) as traceparents
  from scheduler.tasks
  where tasks.execution = execution.id and requested is not null
  order by (state = 'waiting') desc, sequence, id limit 1)`;

/**
 * Reads what is needed to run attempts. Those whose slice nobody knows any more, since their tasks were withdrawn, are absent.
 * @param pool owns the cache of analyses
 * @param onlyWaiting whether attempts that no task waits for are absent, too. @default false
 * @returns them in no order
 */
export const readAttempts = async (
  sql: Queryable,
  pool: Sql,
  begun: readonly BegunAttempt[],
  { onlyWaiting = false }: { readonly onlyWaiting?: boolean } = {},
): Promise<ClaimedAttempt[]> => {
  if (begun.length === 0) return [];
  const columns = columnsOf(attemptsTable, "id", "execution", "number", "memory");
  const rows = await sql<FoundAttempt[]>`
    select begun.id, begun.execution, begun.number, begun.memory, execution.analysis, execution.version,
      execution.parameters, execution.rank, execution.owner, task.requested, task.traceparents
    from ${recordset(sql, columns, begun)} as begun
    join scheduler.executions as execution on execution.id = begun.execution
    join lateral ${taskOfExecution(sql)} as task on ${onlyWaiting ? sql`task.waits` : sql`true`}`;
  const analyses = await findAnalyses(sql, pool, rows);
  const manifests = [...analyses.values()].map(({ manifest }) => manifest);
  const staged = await readStagedAssets(sql, manifests);
  return rows.flatMap(({ analysis: name, version, requested, traceparents, number, ...row }) => {
    const analysis = analyses.get(versionKey(name, version));
    if (analysis === undefined) return [];
    const { manifest, code, image, folder } = analysis;
    const [traceparent = "", ...shared] = traceparents;
    // The span of the attempt itself begins when it is run.
    const assets = staged.get(manifest);
    const attempt = {
      ...row,
      slice: requested,
      manifest,
      ...(assets !== undefined && { assets }),
      code,
      image,
      folder,
      traceparent: "",
    };
    return [{ attempt, number, traceparent, shared, alone: false }];
  });
};
