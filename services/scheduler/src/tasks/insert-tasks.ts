import type { RequestedSlice, SliceRef } from "@rollerblade/analysis";
import type { Transaction } from "@rollerblade/database";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import { wakeAll } from "../notifications.ts";
import { asRecords } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks } from "./finish-tasks.ts";
import { supersedeOlder } from "./supersede-older.ts";
import { type FinishedTask, taskFinished } from "./task-events.ts";
import { stoppedByTombstones } from "./tombstones.ts";

/** A slice that somebody wants done. */
export type NewTask = {
  readonly id: string;
  readonly run: string;
  readonly decision: string;
  readonly round: number;
  readonly decided: number;
  readonly document: string | null;
  readonly rule: string | null;
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly rank: number;
  readonly owner: string;
  readonly slice: SliceRef;
  readonly sliceKey: string;
  /** Null where `fault` says why there is none. */
  readonly requested: RequestedSlice | null;
  /** `dataset/path` of each. */
  readonly sources: readonly string[];
  readonly key: string;
  readonly traceparent: string;
  readonly decidedAt: Date;
  /** Why it can never run. */
  readonly fault: string | null;
};

/**
 * Inserts the tasks of a run in one statement; ones that are there already stay as they are, and those of them that are final
 * say so once more. Their sequence rises as they arrive, but one that arrives after a later decision for its slice is put below it.
 */
export const insertTasks = async (scheduler: Scheduler, tx: Transaction, tasks: readonly NewTask[]): Promise<void> => {
  if (tasks.length === 0) return;
  const inserted = new Set((await insertRows(tx, tasks)).map(({ id }) => id));
  const fresh = tasks.filter(({ id }) => inserted.has(id));
  await countNew(tx, fresh);
  await repeatAnswers(
    scheduler,
    tx,
    tasks.filter(({ id }) => !inserted.has(id)),
  );
  const faults = fresh.flatMap(({ id, fault }) =>
    fault === null ? [] : [{ task: id, outcome: "failed" as const, reason: fault, derivatives: [] }],
  );
  const stopped = await stoppedByTombstones(
    tx,
    fresh.map(({ id }) => id),
  );
  const cancelled = stopped.map((task) => ({
    task,
    outcome: "cancelled" as const,
    reason: "what it is made from was withdrawn",
    derivatives: [],
  }));
  await finishTasks(scheduler, tx, [...cancelled, ...faults]);
  await supersedeOlder(
    scheduler,
    tx,
    fresh.map(({ id }) => id),
  );
  if (fresh.length > 0) await wakeAll(tx, "plan");
};

const insertRows = (tx: Transaction, tasks: readonly NewTask[]): PromiseLike<{ id: string }[]> => tx`
  with asked as (
    select asked.*, nextval('scheduler.arrivals') * 1048576 as arrival
    from (
      select * from jsonb_to_recordset(${asRecords(tasks.map(recordOf))}::text::jsonb) as row(
        id uuid, run uuid, decision uuid, round int, decided bigint, document text, rule text, analysis text, version text,
        parameters_hash text, rank smallint, owner text, slice jsonb, slice_key text, requested jsonb, sources text[],
        key text, traceparent text, decided_at timestamptz, ordinal int)
      order by decided, ordinal) as asked)
  insert into scheduler.tasks (
    id, run, decision, round, decided, sequence, document, rule, analysis, version, parameters_hash, rank, owner, dataset,
    slice, slice_key, requested, sources, key, state, traceparent, decided_at)
  select id, run, decision, round, asked.decided,
    case when later.sequence is null then arrival
         else (later.sequence + coalesce(earlier.sequence, later.sequence - 1048576)) / 2 end,
    document, rule, analysis, version, parameters_hash, rank, owner, slice ->> 'dataset',
    slice, slice_key, requested, sources, key, 'open', traceparent, decided_at
  from asked
  left join lateral (
    select min(sequence) as sequence from scheduler.tasks as other
    where other.document = asked.document and other.rule = asked.rule and other.slice_key = asked.slice_key
      and other.decided > asked.decided) as later on true
  left join lateral (
    select max(sequence) as sequence from scheduler.tasks as other
    where later.sequence is not null and other.document = asked.document and other.rule = asked.rule
      and other.slice_key = asked.slice_key and other.decided < asked.decided) as earlier on true
  on conflict (decision, round) do nothing
  returning id`;

const recordOf = (task: NewTask, ordinal: number): object => ({
  id: task.id,
  run: task.run,
  decision: task.decision,
  round: task.round,
  decided: task.decided,
  document: task.document,
  rule: task.rule,
  analysis: task.analysis,
  version: task.version,
  parameters_hash: task.parametersHash,
  rank: task.rank,
  owner: task.owner,
  slice: task.slice,
  slice_key: task.sliceKey,
  requested: task.requested,
  sources: task.sources,
  key: task.key,
  traceparent: task.traceparent,
  decided_at: task.decidedAt,
  ordinal,
});

const countNew = async (tx: Transaction, fresh: readonly NewTask[]): Promise<void> => {
  const runs = Object.entries(Object.groupBy(fresh, ({ run }) => run)).map(([run, tasks]) => ({
    run,
    count: tasks?.length ?? 0,
  }));
  await tx`
    update scheduler.runs as run
    set total = total + more.count, finished_at = null,
        state = case when run.state = 'finished' then 'open' else run.state end
    from jsonb_to_recordset(${asRecords(runs)}::text::jsonb) as more(run uuid, count int)
    where run.id = more.run`;
};

/** Whoever asks again for what is final has not heard the answer. */
const repeatAnswers = async ({ events }: Scheduler, tx: Transaction, known: readonly NewTask[]): Promise<void> => {
  if (known.length === 0) return;
  const final = await tx<FinishedTask[]>`
    select task.* from scheduler.tasks as task
    join unnest(${known.map(({ decision }) => decision)}::uuid[], ${known.map(({ round }) => round)}::int[])
      as asked(decision, round) using (decision, round)
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
