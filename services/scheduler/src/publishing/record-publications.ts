import { type Sql, type Transaction, together, transaction } from "@rollerblade/database";
import type { AnyEmission, Cause } from "@rollerblade/events";
import { findAnalyses, requireAnalysis } from "../analyses/known-analyses.ts";
import { type Batcher, createBatcher, transactionBatch } from "../batcher.ts";
import { notifyLoops } from "../notifications.ts";
import { finishTasks, type TaskFinishing } from "../tasks/finish-tasks.ts";
import type { Publication } from "./claim-publications.ts";
import { closeIntents } from "./names.ts";
import { derivativeCreated, type NewDerivative, newDerivative } from "./new-derivative.ts";
import type { PutFile } from "./put-files.ts";
import { storeDerivatives } from "./store-derivatives.ts";
import { storeLocations } from "./store-locations.ts";

/** What recording publications needs. */
type Recording = TaskFinishing & { readonly sql: Sql; readonly replica: string };

/** A task whose files lie at their places. */
export type PutTask = {
  readonly task: Publication;
  readonly put: readonly PutFile[];
  /** The span of the publication, which causes its events. */
  readonly cause: Cause;
};

/**
 * What became of recording a task: `recorded`; `undo` when what it is made from was withdrawn meanwhile; `not-ours` when the lease ran
 * out and another replica has taken the publication over.
 */
export type Recorded = "recorded" | "undo" | "not-ours";

/** Records that a task was published; tasks of one moment share a transaction. */
export type RecordPublication = Batcher<PutTask, Recorded>;

/** Creates the function with which this replica records what it has published. */
export const createRecordPublication = (scheduler: Recording): RecordPublication =>
  createBatcher(transactionBatch, async (published) => {
    const { sql } = scheduler;
    const analyses = await findAnalyses(
      sql,
      sql,
      published.map(({ task }) => task),
    );
    const derivatives = new Map(
      published.map(({ task, put }) => [
        task.id,
        put.map(({ file }) => newDerivative(task, requireAnalysis(analyses, task.analysis, task.version), file)),
      ]),
    );
    return transaction(sql, (tx) => recordAll(scheduler, tx, published, derivatives));
  });

const recordAll = async (
  scheduler: Recording,
  tx: Transaction,
  published: readonly PutTask[],
  derivatives: ReadonlyMap<string, readonly NewDerivative[]>,
): Promise<Recorded[]> => {
  const states = await lockIntents(scheduler, tx, published);
  const ours = published.filter(({ task }) => states.get(task.id) === "recorded");
  const made = ours.flatMap(({ task }) => derivatives.get(task.id) ?? []);
  if (ours.length > 0) {
    // What the archive holds now is read from the rows of those that were replaced, whose sizes never change.
    await together([
      storeDerivatives(tx, made),
      storeLocations(
        tx,
        ours.map(({ task: { dataset }, put }) => ({ dataset, put })),
      ),
      closeIntents(
        tx,
        ours.map(({ task }) => task.id),
      ),
      finishPublished(scheduler, tx, ours, derivatives),
      notifyLoops(tx, "sweep", "folders"),
    ]);
  }
  return published.map(({ task }) => states.get(task.id) ?? "not-ours");
};

/** Locks tasks and intents that are still ours. A withdrawal that comes now waits for us, and then removes what we have recorded. */
const lockIntents = async (
  { replica }: Pick<Recording, "replica">,
  tx: Transaction,
  published: readonly PutTask[],
): Promise<ReadonlyMap<string, Recorded>> => {
  const rows = await tx<{ id: string; stopped: boolean }[]>`
    select task.id, intent.stopped from scheduler.intents as intent
    join scheduler.tasks as task on task.id = intent.task
    where intent.task = any(${published.map(({ task }) => task.id)}::uuid[])
      and task.state = 'publishing' and task.lease_owner = ${replica}
    order by task.id for update`;
  return new Map(rows.map(({ id, stopped }) => [id, stopped ? "undo" : "recorded"]));
};

/** Finishes the tasks, and emits `derivative.created` before the events of the tasks that name these derivatives. */
const finishPublished = async (
  finishing: TaskFinishing,
  tx: Transaction,
  published: readonly PutTask[],
  derivatives: ReadonlyMap<string, readonly NewDerivative[]>,
): Promise<void> => {
  const created: AnyEmission[] = published.flatMap(({ task, cause }) =>
    (derivatives.get(task.id) ?? []).map((row) => ({
      topic: "derivative.created" as const,
      message: derivativeCreated(row, task.document === null ? null : task.decision),
      cause,
    })),
  );
  const ends = published.map(({ task, put, cause }) => ({
    task: task.id,
    outcome: task.reuse ? ("cached" as const) : ("ran" as const),
    reason: "",
    derivatives: put.map(({ file }) => file.derivative),
    cause,
  }));
  await finishTasks(finishing, tx, ends, created);
};
