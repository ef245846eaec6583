import { type Transaction, transaction } from "@rollerblade/database";
import type { Attempt, Ending } from "@rollerblade/executors";
import { type Batcher, createBatcher, transactionBatch } from "../batcher.ts";
import { type Loop, notifyLoops } from "../notifications.ts";
import { asRecords, storableText } from "../rows.ts";
import type { Scheduler } from "../scheduler.ts";
import { finishTasks, type TaskEnd } from "../tasks/finish-tasks.ts";
import { afterAttempt, backOff, type NextStep } from "./after-attempt.ts";

/** The end of an attempt, to be written down. */
export type EndedAttempt = {
  readonly attempt: Attempt;
  readonly ending: Ending;
  /** Key of the object that holds its log. */
  readonly log: string | null;
  /** Its span. */
  readonly traceparent: string;
};

/** Writes the end of an attempt down; attempts that end at once share a transaction. */
export type FinishAttempt = Batcher<EndedAttempt, null>;

/** Longest reason that is kept, in characters. */
const longestReason = 4_000;

/** The way in which this replica writes down how its attempts ended. */
export const createFinisher = (scheduler: Scheduler): FinishAttempt =>
  createBatcher(transactionBatch, async (ended) => {
    await transaction(scheduler.sql, (tx) => finishAttempts(scheduler, tx, ended));
    return ended.map(() => null);
  });

const loopsAfter = (steps: readonly Step[]): Loop[] => {
  const has = (...wanted: readonly NextStep["next"][]): boolean => steps.some(({ next }) => wanted.includes(next.next));
  return [
    ...(has("again") ? (["dispatch"] as const) : []),
    ...(has("succeeded") ? (["publish"] as const) : []),
    ...(has("failed", "cancelled") ? (["sweep"] as const) : []),
  ];
};

type Held = {
  readonly attempt: string;
  readonly execution: string;
  readonly counted: number;
  readonly cancelRequested: boolean;
};
type Step = { readonly ended: EndedAttempt; readonly held: Held; readonly next: NextStep };

const finishAttempts = async (scheduler: Scheduler, tx: Transaction, ended: readonly EndedAttempt[]): Promise<void> => {
  const held = await lockHeld(scheduler, tx, ended);
  const steps = ended.flatMap((one): Step[] => {
    const row = held.get(one.attempt.id);
    return row === undefined ? [] : [{ ended: one, held: row, next: stepOf(one, row) }];
  });
  if (steps.length === 0) return;
  // None of these reads what another one writes, so they travel together.
  await Promise.all([
    endAttempts(tx, steps),
    moveExecutions(scheduler, tx, steps),
    keepOutputs(tx, steps),
    moveTasks(scheduler, tx, steps),
    notifyLoops(tx, ...loopsAfter(steps)),
  ]);
};

/** Attempts that are still ours: one whose lease ran out belongs to whoever took it, and our word no longer counts. */
const lockHeld = async (
  { replica }: Scheduler,
  tx: Transaction,
  ended: readonly EndedAttempt[],
): Promise<ReadonlyMap<string, Held>> => {
  const rows = await tx<Held[]>`
    select attempt.id as attempt, execution.id as execution, execution.counted, execution.cancel_requested
    from scheduler.executions as execution
    join scheduler.attempts as attempt on attempt.execution = execution.id
    where attempt.id = any(${ended.map(({ attempt }) => attempt.id)}::uuid[]) and attempt.state = 'running'
      and attempt.lease_owner = ${replica} and execution.state = 'running'
    order by execution.id for update`;
  return new Map(rows.map((row) => [row.attempt, row]));
};

const stepOf = ({ attempt, ending }: EndedAttempt, { counted, cancelRequested }: Held): NextStep =>
  afterAttempt({
    outcome: ending.outcome,
    reason: ending.reason,
    counted,
    memory: attempt.memory,
    policy: attempt.manifest.retry,
    cancelled: cancelRequested,
  });

const counts = (next: NextStep): boolean => next.next === "succeeded" || (next.next !== "cancelled" && next.counts);

const endAttempts = async (tx: Transaction, steps: readonly Step[]): Promise<void> => {
  const rows = steps.map(({ ended: { attempt, ending, log, traceparent }, next }) => ({
    id: attempt.id,
    outcome: ending.outcome,
    counted: counts(next),
    exit_code: ending.exitCode,
    reason: storableText(ending.reason, longestReason),
    log,
    traceparent,
  }));
  await tx`
    update scheduler.attempts as attempt
    set state = 'ended', outcome = row.outcome, counted = row.counted, exit_code = row.exit_code, reason = row.reason,
        log = coalesce(row.log, attempt.log), traceparent = row.traceparent, finished_at = now()
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb)
      as row(id uuid, outcome text, counted boolean, exit_code int, reason text, log text, traceparent text)
    where attempt.id = row.id`;
};

const moveExecutions = async ({ config }: Scheduler, tx: Transaction, steps: readonly Step[]): Promise<void> => {
  const rows = steps.map(({ held, next }) => {
    const counted = held.counted + (counts(next) ? 1 : 0);
    const again = next.next === "again" ? next : null;
    const pause = again?.wait ? backOff(counted, config.retrySeconds, config.retrySecondsMax, Math.random()) : 0;
    return {
      id: held.execution,
      state: again === null ? next.next : pause > 0 ? "delayed" : "queued",
      counted,
      memory: again?.memory ?? null,
      pause,
      reason: next.next === "failed" ? storableText(next.reason, longestReason) : "",
    };
  });
  await tx`
    update scheduler.executions as execution
    set state = row.state, counted = row.counted, memory = coalesce(row.memory, execution.memory), reason = row.reason,
        not_before = case when row.state = 'delayed' then now() + row.pause * interval '1 millisecond' end,
        finished_at = case when row.state in ('queued', 'delayed') then null else now() end
    from jsonb_to_recordset(${asRecords(rows)}::text::jsonb)
      as row(id uuid, state text, counted int, memory bigint, pause int, reason text)
    where execution.id = row.id`;
};

const keepOutputs = async (tx: Transaction, steps: readonly Step[]): Promise<void> => {
  const rows = steps.flatMap(({ ended, held, next }) =>
    next.next === "succeeded" ? ended.ending.outputs.map((output) => ({ ...output, execution: held.execution })) : [],
  );
  if (rows.length === 0) return;
  await tx`
    with made as (
      select * from jsonb_to_recordset(${asRecords(rows)}::text::jsonb)
        as row(execution uuid, name text, object text, size bigint, sha256 text)),
    kept as (
      insert into scheduler.outputs (execution, name, size, sha256) select execution, name, size, sha256 from made
      on conflict do nothing)
    insert into scheduler.locations (object, sha256, size, kind) select object, sha256, size, 'staged' from made
    on conflict (object) do update set sha256 = excluded.sha256, size = excluded.size, modified = null`;
};

/** The tasks of what succeeded are to be published; those of what failed for good have failed. */
const moveTasks = async (scheduler: Scheduler, tx: Transaction, steps: readonly Step[]): Promise<void> => {
  const succeeded = steps.filter(({ next }) => next.next === "succeeded").map(({ held }) => held.execution);
  await tx`
    update scheduler.tasks set state = 'publishing'
    where execution = any(${succeeded}::uuid[]) and state = 'waiting'`;
  const final = new Map<string, Pick<TaskEnd, "outcome" | "reason">>();
  for (const { held, next } of steps) {
    if (next.next === "failed") final.set(held.execution, { outcome: "failed", reason: next.reason });
    if (next.next === "cancelled") final.set(held.execution, { outcome: "cancelled", reason: "cancelled" });
  }
  if (final.size === 0) return;
  const tasks = await tx<{ id: string; execution: string }[]>`
    select id, execution from scheduler.tasks where execution = any(${[...final.keys()]}::uuid[]) and state = 'waiting'`;
  await finishTasks(
    scheduler,
    tx,
    tasks.flatMap(({ id, execution }) => {
      const end = final.get(execution);
      return end === undefined ? [] : [{ task: id, ...end, derivatives: [] }];
    }),
  );
};
