import type { RunFailure, RunOutput } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { type ReadGrants, visible } from "@rollerblade/service-kit";
import { causeOf } from "../tasks/failure-cause.ts";

/** Different reasons that are read of one run, the most frequent first. */
const maxReasons = 5_000;

/** Causes that are listed of one run. */
const maxCauses = 20;

/** Groups the failures of a run by their cause, the most frequent first: only of tasks that may be seen. */
export const failuresOf = async (sql: Sql, grants: ReadGrants, run: string): Promise<RunFailure[]> => {
  const rows = await sql<{ reason: string; count: number; task: string }[]>`
    select task.reason, count(*)::int as count, (array_agg(task.id order by task.id))[1] as task
    from scheduler.tasks as task
    where task.run = ${run} and task.outcome = 'failed' and ${visible(sql, grants, {
      datasets: sql`task.datasets`,
      analysis: sql`task.analysis`,
      at: sql`task.decided_at`,
    })}
    group by task.reason order by count desc, task.reason limit ${maxReasons}`;
  return [...Map.groupBy(rows, ({ reason }) => causeOf(reason)).values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      return [{ ...first, count: group.reduce((sum, { count }) => sum + count, 0) }];
    })
    .sort((a, b) => b.count - a.count)
    .slice(0, maxCauses);
};

/** Lists the folders that the results of a run lie in, with what they hold of this run: only of tasks that may be seen. */
export const outputsOf = (sql: Sql, grants: ReadGrants, run: string): PromiseLike<RunOutput[]> => sql<RunOutput[]>`
  with made as (
    select distinct unnest(task.derivatives) as id from scheduler.tasks as task
    where task.run = ${run} and ${visible(sql, grants, {
      datasets: sql`task.datasets`,
      analysis: sql`task.analysis`,
      at: sql`task.decided_at`,
    })})
  select derivative.dataset, 'derivatives/' || derivative.folder as folder, count(*)::int as files,
    sum(derivative.size)::float8 as bytes, min(derivative.path) as example
  from made join scheduler.derivatives as derivative on derivative.id = made.id and derivative.state = 'in-force'
  group by derivative.dataset, derivative.folder order by derivative.dataset, derivative.folder`;
