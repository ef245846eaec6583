import { canonicalJson } from "@rollerblade/abids";
import type { Manifest } from "@rollerblade/analysis";
import {
  columnsOf,
  insertRecords,
  recordset,
  type Sql,
  type Transaction,
  together,
  transaction,
} from "@rollerblade/database";
import type { Attempt, Ending } from "@rollerblade/executors";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import { type Batcher, createBatcher, transactionBatch } from "../batcher.ts";
import { type Loop, notifyLoops } from "../notifications.ts";
import { storableText } from "../storable-text.ts";
import { attemptsTable, executionsTable, locationsTable, outputsTable, type TaskRow } from "../tables.gen.ts";
import { finishTasks, type TaskEnd, type TaskFinishing } from "../tasks/finish-tasks.ts";
import { afterAttempt, backOff, type NextStep } from "./after-attempt.ts";

/** What finishing attempts needs. */
type Finishing = TaskFinishing & {
  readonly sql: Sql;
  readonly replica: string;
  /** Seconds until the second attempt, and between two attempts at most. */
  readonly config: { readonly retrySeconds: number; readonly retrySecondsMax: number };
};

/** The end of an attempt, to be written. */
export type EndedAttempt = {
  readonly attempt: Attempt;
  readonly ending: Ending;
  /** Key of the object that holds its log. */
  readonly log: string | null;
  /** Its span. */
  readonly traceparent: string;
};

/** Writes the end of an attempt; attempts that end at the same time share a transaction. */
export type FinishAttempt = Batcher<EndedAttempt, null>;

/** Characters of a reason that are kept; the log has the rest. */
const maxReasonLength = 4_000;

/** Creates the function with which this replica writes how its attempts ended. */
export const createFinishAttempt = (scheduler: Finishing): FinishAttempt =>
  createBatcher(transactionBatch, async (ended) => {
    await transaction(scheduler.sql, (tx) => finishAttempts(scheduler, tx, ended));
    return ended.map(() => null);
  });

const finishAttempts = async (scheduler: Finishing, tx: Transaction, ended: readonly EndedAttempt[]): Promise<void> => {
  const owned = await lockOwned(scheduler.replica, tx, ended);
  const steps = ended.flatMap((one): Step[] => {
    const row = owned.get(one.attempt.id);
    return row === undefined ? [] : [{ ended: one, owned: row, next: nextStep(one, row) }];
  });
  if (steps.length === 0) return;
  // None of these reads what another one writes, so they travel to the server together.
  await together([
    endAttempts(tx, steps),
    moveExecutions(scheduler.config, tx, steps),
    storeOutputs(tx, steps),
    moveTasks(scheduler, tx, steps),
    notifyLoops(tx, ...loopsAfter(steps)),
  ]);
};

const loopsAfter = (steps: readonly Step[]): Loop[] => {
  const has = (...wanted: readonly NextStep["next"][]): boolean => steps.some(({ next }) => wanted.includes(next.next));
  return [
    ...(has("again") ? (["dispatch"] as const) : []),
    ...(has("succeeded") ? (["publish"] as const) : []),
    ...(has("failed", "cancelled") ? (["sweep"] as const) : []),
    ...(has("failed", "again") ? (["stop"] as const) : []),
  ];
};

/** An attempt that is still ours. */
type OwnedAttempt = {
  readonly attempt: string;
  readonly execution: string;
  /** Attempts before it that count. */
  readonly counted: number;
  /** Attempts before it that were lost. */
  readonly losses: number;
  /** Attempts just before it that something which was away ended, one after the other. */
  readonly outages: number;
  readonly cancelRequested: boolean;
};

/** An ended attempt with what follows from it. */
type Step = { readonly ended: EndedAttempt; readonly owned: OwnedAttempt; readonly next: NextStep };

/** Locks the attempts that are still ours: one whose lease ran out belongs to the replica that took it over, which writes its end. */
const lockOwned = async (
  replica: string,
  tx: Transaction,
  ended: readonly EndedAttempt[],
): Promise<ReadonlyMap<string, OwnedAttempt>> => {
  const rows = await tx<OwnedAttempt[]>`
    select attempt.id as attempt, execution.id as execution, execution.counted, execution.cancel_requested,
      coalesce(uncounted.losses, 0) as losses, coalesce(uncounted.outages, 0) as outages
    from scheduler.executions as execution
    join scheduler.attempts as attempt on attempt.execution = execution.id
    left join lateral (
      select count(*) filter (where outcome = 'lost')::int as losses,
        count(*) filter (where outcome = 'unavailable' and number > coalesce((
          select max(number) from scheduler.attempts as other
          where other.execution = execution.id and other.outcome <> 'unavailable'), 0))::int as outages
      from scheduler.attempts as earlier where earlier.execution = execution.id and earlier.state = 'ended'
    ) as uncounted on attempt.number - 1 > execution.counted
    where attempt.id = any(${ended.map(({ attempt }) => attempt.id)}::uuid[]) and attempt.state = 'running'
      and attempt.lease_owner = ${replica} and execution.state = 'running'
    order by execution.id for update of execution, attempt`;
  return new Map(rows.map((row) => [row.attempt, row]));
};

const nextStep = (
  { attempt, ending }: EndedAttempt,
  { counted, losses, outages, cancelRequested }: OwnedAttempt,
): NextStep =>
  afterAttempt({
    outcome: ending.outcome,
    reason: ending.reason,
    counted,
    losses,
    outages,
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
    exitCode: ending.exitCode,
    reason: storableText(ending.reason, maxReasonLength),
    log,
    traceparent,
  }));
  const columns = columnsOf(attemptsTable, "id", "outcome", "counted", "exitCode", "reason", "log", "traceparent");
  await tx`
    update scheduler.attempts as attempt
    set state = 'ended', outcome = ended.outcome, counted = ended.counted, exit_code = ended.exit_code,
        reason = ended.reason, log = coalesce(ended.log, attempt.log), traceparent = ended.traceparent, finished_at = now()
    from ${recordset(tx, columns, rows)} as ended
    where attempt.id = ended.id`;
};

/** Ends executions, or queues them for another attempt: at once, or after a delay that doubles with each failure. */
const moveExecutions = async (
  { retrySeconds, retrySecondsMax }: Finishing["config"],
  tx: Transaction,
  steps: readonly Step[],
): Promise<void> => {
  const rows = steps.map(({ owned, next }) => {
    const counted = owned.counted + (counts(next) ? 1 : 0);
    const again = next.next === "again" ? next : null;
    const delayMs =
      again !== null && again.failures > 0 ? backOff(again.failures, retrySeconds, retrySecondsMax, Math.random()) : 0;
    return {
      id: owned.execution,
      state: again === null ? next.next : delayMs > 0 ? "delayed" : "queued",
      counted,
      memory: again?.memory ?? null,
      reason: next.next === "failed" ? storableText(next.reason, maxReasonLength) : "",
      delayMs,
    };
  });
  const columns = {
    ...columnsOf(executionsTable, "id", "state", "counted", "memory", "reason"),
    delayMs: "integer",
  } as const;
  await tx`
    update scheduler.executions as execution
    set state = moved.state, counted = moved.counted, memory = coalesce(moved.memory, execution.memory),
        reason = moved.reason,
        not_before = case when moved.state = 'delayed' then now() + moved.delay_ms * interval '1 millisecond' end,
        finished_at = case when moved.state in ('queued', 'delayed') then null else now() end
    from ${recordset(tx, columns, rows)} as moved
    where execution.id = moved.id`;
};

/** Stores what succeeded attempts wrote, and where it is staged. */
const storeOutputs = async (tx: Transaction, steps: readonly Step[]): Promise<void> => {
  const outputs = steps.flatMap(({ ended, owned, next }) =>
    next.next === "succeeded" ? ended.ending.outputs.map((output) => ({ ...output, execution: owned.execution })) : [],
  );
  await together([
    insertRecords(
      tx,
      outputsTable,
      outputs.map(({ execution, name, size, sha256, metadata = null }) => ({
        execution,
        name,
        size,
        sha256,
        metadata,
      })),
      { onConflict: tx`on conflict do nothing` },
    ),
    insertRecords(
      tx,
      locationsTable,
      outputs.map(({ object, size, sha256 }) => ({ object, size, sha256, kind: "staged" as const })),
      {
        onConflict: tx`
          on conflict (object) do update set sha256 = excluded.sha256, size = excluded.size, modified = null`,
      },
    ),
  ]);
};

/**
 * Makes the tasks of what succeeded ready to be published, and ends those of what failed for good or was cancelled. Tasks of another
 * version, which would have had other limits, do not fail with it: they are planned again, and their own execution is made.
 */
const moveTasks = async (finishing: Finishing, tx: Transaction, steps: readonly Step[]): Promise<void> => {
  const succeeded = steps.filter(({ next }) => next.next === "succeeded").map(({ owned }) => owned.execution);
  await tx`
    update scheduler.tasks set state = 'publishing'
    where execution = any(${succeeded}::uuid[]) and state = 'waiting'`;
  const final = new Map<string, Pick<TaskEnd, "outcome" | "reason">>();
  for (const { owned, next } of steps) {
    if (next.next === "failed") final.set(owned.execution, { outcome: "failed", reason: next.reason });
    if (next.next === "cancelled") final.set(owned.execution, { outcome: "cancelled", reason: "cancelled" });
  }
  if (final.size === 0) return;
  const tasks = await tx<WaitingTask[]>`
    select id, execution, analysis, version from scheduler.tasks
    where execution = any(${[...final.keys()]}::uuid[]) and state = 'waiting'`;
  const again = await withOtherLimits(finishing, tx, tasks, steps);
  if (again.size > 0) {
    await tx`update scheduler.tasks set state = 'open', execution = null where id = any(${[...again]}::uuid[])`;
    await notifyLoops(tx, "plan");
  }
  await finishTasks(
    finishing,
    tx,
    tasks.flatMap(({ id, execution }) => {
      if (again.has(id)) return [];
      const end = final.get(execution);
      return end === undefined ? [] : [{ task: id, ...end, derivatives: [] }];
    }),
  );
};

type WaitingTask = Pick<TaskRow, "id" | "analysis" | "version"> & { readonly execution: string };

/** Failures that say something of the input, which is the same for every version. */
const ofTheInput: ReadonlySet<string> = new Set(["bad-input", "input-changed"]);

/** Failures that say something of where the code of the version lies, whatever its limits are. */
const ofTheVersion: ReadonlySet<string> = new Set(["code-changed", "refused"]);

/**
 * Finds the tasks that may succeed where the execution that they waited for failed: the key leaves out resources and retry policy, so
 * it may have been started for another version, with less memory or fewer attempts than theirs.
 */
const withOtherLimits = async (
  { sql }: Pick<Finishing, "sql">,
  tx: Transaction,
  tasks: readonly WaitingTask[],
  steps: readonly Step[],
): Promise<ReadonlySet<string>> => {
  const failed = new Map(steps.flatMap((step) => (step.next.next === "failed" ? [[step.owned.execution, step]] : [])));
  const of = tasks.filter((task) => {
    const ended = failed.get(task.execution)?.ended;
    const manifest = ended?.attempt.manifest;
    if (ended === undefined || ofTheInput.has(ended.ending.outcome)) return false;
    return task.analysis !== manifest?.name || task.version !== manifest.version;
  });
  if (of.length === 0) return new Set();
  const analyses = await findAnalyses(tx, sql, of);
  return new Set(
    of.flatMap((task) => {
      const ended = failed.get(task.execution)?.ended;
      const own = analyses.get(versionKey(task.analysis, task.version))?.manifest;
      if (ended === undefined || own === undefined) return [];
      const differs = ofTheVersion.has(ended.ending.outcome) || limitsOf(own) !== limitsOf(ended.attempt.manifest);
      return differs ? [task.id] : [];
    }),
  );
};

const limitsOf = ({ resources, retry }: Manifest): string =>
  canonicalJson({ resources: { ...resources }, retry: { ...retry } });
