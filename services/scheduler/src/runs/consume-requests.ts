import { buffer } from "node:stream/consumers";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { JsonObject } from "@rollerblade/abids";
import { sliceBodyPrefix } from "@rollerblade/abids/bucket-layout";
import { requestedSliceSchema, resolveParameters } from "@rollerblade/analysis";
import type { Sql, Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import {
  type MessageOf,
  permanent,
  prepared,
  type Received,
  type ServiceEvents,
  sliceRefFromMessage,
} from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import { traceparentOf } from "@rollerblade/telemetry";
import { type Analysis, findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { TaskFinishing } from "../tasks/finish-tasks.ts";
import type { NewTask } from "../tasks/insert-task-rows.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { isPriority } from "../tasks/rank.ts";
import { decidedAt } from "./decided-at.ts";
import { insertRuns, type NewRun } from "./insert-runs.ts";
import { type RunOfTasks, taskOfSlice } from "./task-of-slice.ts";

/** What consuming requests needs. */
type Consuming = Bodies & TaskFinishing & { readonly events: Pick<ServiceEvents, "subscribe">; readonly sql: Sql };
type Bodies = { readonly objects: Pick<ObjectStore, "get"> };

type Requested = Received<"run.requested">;
type Slice = MessageOf<"run.requested">["slices"][number];

/** A command as rows. */
type PreparedRun = { readonly run: NewRun; readonly tasks: readonly NewTask[] };

/** Tasks that one statement inserts. Their inputs travel in it as JSON, which is held in memory twice, here and in PostgreSQL. */
const tasksPerInsert = 2_000;

/** Messages of one batch: few, so that the first slices are planned while the last ones are still being read. */
const messagesPerBatch = 6;

/** Slices that are prepared before others get the event loop: their keys are hashed in this thread, and one command may have thousands. */
const slicesPerYield = 50;

/**
 * Subscribes to the router's commands. The bodies of slices are read and keys are computed before the transaction begins, so that
 * no connection and no lock is held meanwhile.
 */
export const consumeRequests = (scheduler: Consuming): void => {
  scheduler.events.subscribe({
    durable: "scheduler-commands",
    batch: messagesPerBatch,
    handlers: {
      "run.requested": prepared({
        prepare: (events: readonly Requested[]) => prepareAll(scheduler, events),
        apply: (_events, tx: Transaction, all: readonly PreparedRun[]) => insertAll(scheduler, tx, all),
      }),
    },
  });
};

const insertAll = async (finishing: TaskFinishing, tx: Transaction, all: readonly PreparedRun[]): Promise<void> => {
  await insertRuns(
    finishing.events,
    tx,
    all.map(({ run }) => run),
  );
  const tasks = all.flatMap((one) => one.tasks);
  for (let at = 0; at < tasks.length; at += tasksPerInsert)
    await insertTasks(finishing, tx, tasks.slice(at, at + tasksPerInsert));
};

const prepareAll = async (
  { sql, objects }: Bodies & { readonly sql: Sql },
  events: readonly Requested[],
): Promise<PreparedRun[]> => {
  const wanted = events.map(({ message: { analysis, version } }) => ({ analysis, version }));
  const analyses = await findAnalyses(sql, sql, wanted);
  const all: PreparedRun[] = [];
  for (const event of events) {
    const { analysis, version } = event.message;
    const found = analyses.get(versionKey(analysis, version));
    if (found === undefined) throw permanent(`There is no analysis ${analysis} ${version}.`, { event });
    all.push(await prepareOne({ objects }, event, found));
  }
  return all;
};

const prepareOne = async (bodies: Bodies, event: Requested, analysis: Analysis): Promise<PreparedRun> => {
  const { run, priority, owner, document = null, rule = null, slices } = event.message;
  if (!isPriority(priority)) throw permanent(`"${priority}" is not a priority.`, { event });
  const { parameters, fault } = withDefaults(analysis, event.message.parameters ?? {});
  const common: RunOfTasks = { id: run, document, rule, owner, priority, parameters };
  const traceparent = traceparentOf(event.cause);
  const tasks: NewTask[] = [];
  for (const [index, slice] of slices.entries()) {
    if ((index + 1) % slicesPerYield === 0) await yieldToEvents();
    tasks.push(
      taskOfSlice(common, analysis, {
        decision: slice.decision,
        round: slice.round,
        decided: Number(slice.sequence),
        decidedAt: decidedAt(slice.decision, event.time),
        traceparent: slice.traceparent || traceparent,
        slice: sliceRefFromMessage(slice.slice),
        requested: fault === null ? await readBody(bodies, event, slice) : { fault, outcome: "failed" },
      }),
    );
  }
  const { name, version } = analysis;
  return { run: { ...common, analysis: name, version, query: null, traceparent, cause: event.cause }, tasks };
};

/** Fills in the defaults of parameters. What the analysis refuses fails slice by slice, where a person sees it, and is not a dead letter. */
const withDefaults = (
  { manifest }: Analysis,
  given: JsonObject,
): { readonly parameters: JsonObject; readonly fault: string | null } => {
  try {
    return { parameters: resolveParameters(manifest, given), fault: null };
  } catch (error) {
    return { parameters: given, fault: Problem.from(error).message };
  }
};

/** Reads the requested slice from its message, or from the object that the message names where it was too large. */
const readBody = async (bodies: Bodies, event: Requested, slice: Slice) => {
  const text = slice.bodyObject === "" ? Buffer.from(slice.body) : await readObject(bodies, event, slice.bodyObject);
  try {
    return requestedSliceSchema.parse(JSON.parse(text.toString()));
  } catch (cause) {
    throw permanent(`The body of decision ${slice.decision} is not a requested slice.`, { cause, event });
  }
};

const readObject = async ({ objects }: Bodies, event: Requested, key: string): Promise<Buffer> => {
  if (!key.startsWith(sliceBodyPrefix)) throw permanent(`"${key}" is not a place for the body of a slice.`, { event });
  try {
    return await buffer(await objects.get(key));
  } catch (cause) {
    if (cause instanceof Problem && cause.code === "not-found")
      throw permanent(`There is no ${key}.`, { cause, event });
    throw cause;
  }
};
