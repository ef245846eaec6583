import type { AttemptStatus, ExecutionStatus } from "@rollerblade/client";
import type { Fragment, Queryable, Sql } from "@rollerblade/database";
import { type ReadGrants, visible } from "@rollerblade/service-kit";
import type { AttemptRow, ExecutionRow } from "../tables.gen.ts";

/** The condition that an `execution` is shown: its log may quote from all that it was made from. */
export const visibleExecution = (sql: Queryable, grants: ReadGrants): Fragment =>
  visible(sql, grants, {
    datasets: sql`execution.datasets`,
    analysis: sql`execution.analysis`,
    at: sql`execution.created_at`,
  });

/** Reads an execution with all of its attempts; null when there is none, or none that may be seen. */
export const readExecution = async (sql: Sql, grants: ReadGrants, id: string): Promise<ExecutionStatus | null> => {
  const [execution] = await sql<ExecutionRow[]>`
    select * from scheduler.executions as execution where id = ${id} and ${visibleExecution(sql, grants)}`;
  if (execution === undefined) return null;
  const attempts = await sql<AttemptRow[]>`select * from scheduler.attempts where execution = ${id} order by number`;
  const outputs = await sql<ExecutionStatus["outputs"]>`
    select name, size, sha256 from scheduler.outputs where execution = ${id} order by name`;
  return {
    id: execution.id,
    key: execution.key,
    analysis: execution.analysis,
    version: execution.version,
    parameters: execution.parameters,
    state: execution.state,
    // While it runs: why its last attempt does not start, in the cluster's own words.
    reason: execution.reason || (attempts.findLast(({ state }) => state === "running")?.waiting ?? ""),
    attempts: attempts.map(attemptOf),
    outputs: [...outputs],
    createdAt: execution.createdAt.toISOString(),
    finishedAt: execution.finishedAt?.toISOString() ?? null,
  };
};

const attemptOf = (attempt: AttemptRow): AttemptStatus => ({
  number: attempt.number,
  state: attempt.state,
  outcome: attempt.outcome,
  counted: attempt.counted,
  exitCode: attempt.exitCode,
  reason: attempt.state === "running" ? attempt.waiting : attempt.reason,
  memory: attempt.memory,
  executor: attempt.executor,
  hasLog: attempt.log !== null,
  startedAt: attempt.startedAt.toISOString(),
  finishedAt: attempt.finishedAt?.toISOString() ?? null,
});
