import type { AttemptStatus, ExecutionStatus } from "@rollerblade/client";
import type { Scheduler } from "../scheduler.ts";
import type { attempts, executions } from "../schema.ts";

type Execution = typeof executions.$inferSelect;
type Attempt = typeof attempts.$inferSelect;

/** An execution with all that was tried; null when there is none. */
export const readExecution = async ({ sql }: Pick<Scheduler, "sql">, id: string): Promise<ExecutionStatus | null> => {
  const [execution] = await sql<Execution[]>`select * from scheduler.executions where id = ${id}`;
  if (execution === undefined) return null;
  const tried = await sql<Attempt[]>`select * from scheduler.attempts where execution = ${id} order by number`;
  const outputs = await sql<ExecutionStatus["outputs"]>`
    select name, size, sha256 from scheduler.outputs where execution = ${id} order by name`;
  return {
    id: execution.id,
    key: execution.key,
    analysis: execution.analysis,
    version: execution.version,
    parameters: JSON.parse(JSON.stringify(execution.parameters)),
    state: execution.state,
    // While it runs: what is in the way of its last attempt, in the cluster's own words.
    reason: execution.reason || (tried.findLast(({ state }) => state === "running")?.waiting ?? ""),
    attempts: tried.map(attemptOf),
    outputs: [...outputs],
    createdAt: execution.createdAt.toISOString(),
    finishedAt: execution.finishedAt?.toISOString() ?? null,
  };
};

const attemptOf = (attempt: Attempt): AttemptStatus => ({
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
