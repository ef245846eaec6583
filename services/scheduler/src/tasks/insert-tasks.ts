import { columnsOf, recordset, type Transaction } from "@rollerblade/database";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import { notifyLoops } from "../notifications.ts";
import { runsTable, tasksTable } from "../tables.gen.ts";
import { finishTasks, type TaskEnd, type TaskFinishing } from "./finish-tasks.ts";
import { insertTaskRows, type NewTask } from "./insert-task-rows.ts";
import { releaseExecutions } from "./release-executions.ts";
import { type FinishedTask, taskFinished } from "./task-events.ts";
import { stoppedByTombstones } from "./tombstones.ts";

/**
 * Inserts the tasks of runs and settles what can be settled at once: a task that can never run fails, one that is about something
 * withdrawn is cancelled, and one that a later decision replaces is superseded. Tasks that are there already are left as they are;
 * for those of them that are final the event is emitted once more, since whoever requests them again has missed it.
 */
export const insertTasks = async (
  finishing: TaskFinishing,
  tx: Transaction,
  tasks: readonly NewTask[],
): Promise<void> => {
  if (tasks.length === 0) return;
  const inserted = new Set(await insertTaskRows(tx, tasks));
  const fresh = tasks.filter(({ id }) => inserted.has(id));
  const known = tasks.filter(({ id }) => !inserted.has(id));
  const ids = fresh.map(({ id }) => id);
  await addToRuns(tx, fresh);
  await repeatFinished(finishing, tx, known);
  const withdrawn = await stoppedByTombstones(tx, ids);
  await finishTasks(finishing, tx, [...withdrawn.map(withdrawnEnd), ...fresh.flatMap(faultEnd)]);
  await supersedeOlder(finishing, tx, ids);
  if (fresh.length > 0) await notifyLoops(tx, "plan", "audit");
};

const withdrawnEnd = (task: string): TaskEnd => ({
  task,
  outcome: "cancelled",
  reason: "what it is made from was withdrawn",
  derivatives: [],
});

const faultEnd = ({ id, fault }: NewTask): TaskEnd[] =>
  fault === null ? [] : [{ task: id, outcome: fault.outcome, reason: fault.fault, derivatives: [] }];

/** Raises the totals of runs; a run that had finished is open again. */
const addToRuns = async (tx: Transaction, fresh: readonly NewTask[]): Promise<void> => {
  const runs = [...Map.groupBy(fresh, ({ run }) => run)].map(([run, tasks]) => ({
    id: run,
    total: tasks.length,
    datasets: [...new Set(tasks.flatMap(({ datasets }) => datasets))],
  }));
  await tx`
    update scheduler.runs as run
    set total = run.total + more.total, finished_at = null,
        datasets = array(select unnest(run.datasets) union select unnest(more.datasets) order by 1),
        state = case when run.state = 'finished' then 'open' else run.state end
    from ${recordset(tx, columnsOf(runsTable, "id", "total", "datasets"), runs)} as more
    where run.id = more.id`;
};

/** Emits the events of final tasks again, with the revision that they have: a consumer that has received it ignores the copy. */
const repeatFinished = async (
  { events }: Pick<TaskFinishing, "events">,
  tx: Transaction,
  known: readonly NewTask[],
): Promise<void> => {
  if (known.length === 0) return;
  const final = await tx<FinishedTask[]>`
    select task.* from scheduler.tasks as task
    join ${recordset(
      tx,
      columnsOf(tasksTable, "decision", "round"),
      known.map(({ decision, round }) => ({ decision, round })),
    )}
      as requested using (decision, round)
    where task.state = 'final'`;
  await events.emitAll(
    tx,
    final.map((task) => ({
      topic: "task.finished",
      message: taskFinished(task),
      cause: contextFromTraceparent(task.traceparent),
    })),
  );
};

/**
 * Drops queued tasks for a slice for which the same rule has decided anew. What runs already goes on: otherwise a group that is
 * decided again and again, as its subjects arrive one by one, would never be finished.
 */
const supersedeOlder = async (finishing: TaskFinishing, tx: Transaction, newer: readonly string[]): Promise<void> => {
  const older = await tx<{ id: string; execution: string | null }[]>`
    select older.id, older.execution
    from scheduler.tasks as newer
    join scheduler.tasks as older
      on older.document = newer.document and older.rule = newer.rule and older.slice_key = newer.slice_key
      and older.decided < newer.decided and older.state in ('open', 'waiting')
    left join scheduler.executions as execution on execution.id = older.execution
    where newer.id = any(${[...newer]}::uuid[]) and coalesce(execution.state, 'queued') in ('queued', 'delayed')`;
  const reason = "a later decision for this slice took its place";
  await finishTasks(
    finishing,
    tx,
    older.map(({ id }) => ({ task: id, outcome: "superseded", reason, derivatives: [] })),
  );
  await releaseExecutions(
    tx,
    older.map(({ execution }) => execution),
  );
};
