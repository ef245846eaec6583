import type { Sql } from "@rollerblade/database";

/** The run of the slices. */
export const manySlicesRun = "01900000-0000-7000-8000-00000000a11a";

/** Takes the run out again. */
export const removeManySlices = async (sql: Sql): Promise<void> => {
  await sql`delete from scheduler.tasks where run = ${manySlicesRun}`;
  await sql`delete from scheduler.runs where id = ${manySlicesRun}`;
};

/** Makes a finished run of many slices, one in a hundred of which failed for one of two causes, out of one that a server has finished. */
export const makeManySlices = async (sql: Sql, slices: number): Promise<void> => {
  const run = manySlicesRun;
  await removeManySlices(sql);
  const failed = slices / 100;
  // Copies of what the demo has left, so that the rows are as the scheduler writes them. Without `offset 0` each column would copy its row anew.
  await sql`
    insert into scheduler.runs
    select (jsonb_populate_record(run, jsonb_build_object('id', ${run}::uuid, 'total', ${slices}::int, 'ran', ${slices - failed}::int,
      'failed', ${failed}::int, 'cached', 0, 'in_place', 0, 'cancelled', 0, 'superseded', 0, 'not_applicable', 0, 'left_out', 0,
      'state', 'finished', 'document', null, 'rule', null))).*
    from scheduler.runs as run where id = (select id from scheduler.runs where state = 'finished' order by id limit 1)`;
  await sql`
    insert into scheduler.tasks
    select (copy.task).* from (
      select jsonb_populate_record(task, jsonb_build_object('id', made.id, 'run', ${run}::uuid, 'decision', made.id,
      'slice', task.slice || jsonb_build_object('subject', made.subject), 'slice_key', made.subject, 'state', 'final',
      'outcome', case when made.fails then 'failed' else 'ran' end,
      'reason', case when not made.fails then '' when made.n % 200 = 0 then 'exit code 1: no room for ' || made.n else 'exit code 2: no brain in sub-' || made.subject end,
      'cause', case when not made.fails then '' when made.n % 200 = 0 then 'exit code N: no room for N' else 'exit code N: no brain in …' end)) as task
    from scheduler.tasks as task,
      (select n, 'p' || lpad(n::text, 6, '0') as subject, n % 100 = 0 as fails,
        ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid as id
      from generate_series(1, ${slices}) as n) as made
    where task.id = (select id from scheduler.tasks where outcome in ('ran', 'cached') order by id limit 1)
      offset 0) as copy`;
  await sql`analyze scheduler.tasks`;
};
