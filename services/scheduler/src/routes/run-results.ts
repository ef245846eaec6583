import type { RunFailure, RunOutput } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { type ReadGrants, visible } from "@rollerblade/service-kit";

/** Causes that are listed of one run. */
const maxCauses = 20;

/** Groups the failures of a run by their cause, the most frequent first: only of tasks that may be seen. */
export const failuresOf = async (sql: Sql, grants: ReadGrants, run: string): Promise<RunFailure[]> => {
  const rows = await sql<RunFailure[]>`
    select (array_agg(task.reason order by task.id))[1] as reason, count(*)::int as count,
      (array_agg(task.id order by task.id))[1] as task
    from scheduler.tasks as task
    where task.run = ${run} and task.outcome = 'failed' and ${visible(sql, grants, {
      datasets: sql`task.datasets`,
      analysis: sql`task.analysis`,
      at: sql`task.decided_at`,
    })}
    group by task.cause order by count desc, task.cause limit ${maxCauses}`;
  return [...rows];
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
