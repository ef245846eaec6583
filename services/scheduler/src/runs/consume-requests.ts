import { buffer } from "node:stream/consumers";
import { setImmediate as breathe } from "node:timers/promises";
import { type JsonObject, requestedSliceSchema, resolveParameters } from "@rollerblade/analysis";
import type { Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { type MessageOf, permanent, prepared, type Received, sliceRefFromMessage } from "@rollerblade/events";
import { traceparentOf } from "@rollerblade/telemetry";
import { type Analysis, findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";
import type { NewTask } from "../tasks/insert-task-rows.ts";
import { insertTasks } from "../tasks/insert-tasks.ts";
import { isPriority } from "../tasks/rank.ts";
import { decidedAt } from "./decided-at.ts";
import { insertRuns, type NewRun } from "./insert-runs.ts";
import { type RunOfTasks, taskOfSlice } from "./task-of-slice.ts";

type Requested = Received<"run.requested">;
type Slice = MessageOf<"run.requested">["slices"][number];

/** A command as rows. */
type Prepared = { readonly run: NewRun; readonly tasks: readonly NewTask[] };

/** Most tasks of one statement. */
const most = 2_000;

/** Hears the commands of the router. Bodies are read and keys are taken before the transaction begins. */
export const consumeRequests = (scheduler: Scheduler): void => {
  scheduler.events.subscribe({
    durable: "scheduler-commands",
    // Few at once, so that the first slices are planned while the last ones are still being read.
    batch: 6,
    handlers: {
      "run.requested": prepared({
        prepare: (events: readonly Requested[]) => prepareAll(scheduler, events),
        apply: (_events, tx: Transaction, all: readonly Prepared[]) => insertAll(scheduler, tx, all),
      }),
    },
  });
};

const insertAll = async (scheduler: Scheduler, tx: Transaction, all: readonly Prepared[]): Promise<void> => {
  await insertRuns(
    scheduler,
    tx,
    all.map(({ run }) => run),
  );
  const tasks = all.flatMap((one) => one.tasks);
  for (let at = 0; at < tasks.length; at += most) await insertTasks(scheduler, tx, tasks.slice(at, at + most));
};

const prepareAll = async (scheduler: Scheduler, events: readonly Requested[]): Promise<Prepared[]> => {
  const { sql } = scheduler;
  const wanted = events.map(({ message: { analysis, version } }) => ({ analysis, version }));
  const analyses = await findAnalyses(sql, sql, wanted);
  const all: Prepared[] = [];
  for (const event of events) {
    const { analysis, version } = event.message;
    const found = analyses.get(versionKey(analysis, version));
    if (found === undefined) throw permanent(`There is no analysis ${analysis} ${version}.`, { event });
    all.push(await prepareOne(scheduler, event, found));
  }
  return all;
};

const prepareOne = async (scheduler: Scheduler, event: Requested, analysis: Analysis): Promise<Prepared> => {
  const { run, priority, owner, document = null, rule = null, slices } = event.message;
  if (!isPriority(priority)) throw permanent(`"${priority}" is no priority.`, { event });
  const asked = withDefaults(analysis, event.message.parameters ?? {});
  const common: RunOfTasks = { id: run, document, rule, owner, priority, parameters: asked.parameters };
  const traceparent = traceparentOf(event.cause);
  const tasks: NewTask[] = [];
  for (const [index, slice] of slices.entries()) {
    if (index % 50 === 49) await breathe();
    const fault = asked.fault === null ? null : { fault: asked.fault };
    const requested = fault ?? (await readBody(scheduler, event, slice));
    tasks.push(
      taskOfSlice(common, analysis, {
        decision: slice.decision,
        round: slice.round,
        decided: Number(slice.sequence),
        decidedAt: decidedAt(slice.decision, event.time),
        traceparent: slice.traceparent || traceparent,
        slice: sliceRefFromMessage(slice.slice),
        requested,
      }),
    );
  }
  const { name, version } = analysis;
  return { run: { ...common, analysis: name, version, query: null, traceparent, cause: event.cause }, tasks };
};

/** What the analysis refuses fails slice by slice, where a person sees it, and not as a dead letter. */
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

const readBody = async ({ objects }: Scheduler, event: Requested, slice: Slice) => {
  const text = slice.bodyObject === "" ? Buffer.from(slice.body) : await readObject(objects, event, slice.bodyObject);
  try {
    return requestedSliceSchema.parse(JSON.parse(text.toString()));
  } catch (cause) {
    throw permanent(`The body of decision ${slice.decision} is no requested slice.`, { cause, event });
  }
};

const readObject = async (objects: Scheduler["objects"], event: Requested, key: string): Promise<Buffer> => {
  if (!key.startsWith("staging/slices/")) throw permanent(`"${key}" is no place for the body of a slice.`, { event });
  try {
    return await buffer(await objects.get(key));
  } catch (cause) {
    if (cause instanceof Problem && cause.code === "not-found")
      throw permanent(`There is no ${key}.`, { cause, event });
    throw cause;
  }
};
