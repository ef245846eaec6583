import type { SliceRef } from "@rollerblade/abids/facts";
import { type AnyEmission, type MessageInitOf, sliceRefToMessage } from "@rollerblade/events";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import type { Outcome } from "../schema.ts";
import type { TaskRow } from "../tables.gen.ts";

/** The columns of a final task that its event carries. */
export type FinishedTask = Pick<
  TaskRow,
  | "id"
  | "run"
  | "decision"
  | "document"
  | "round"
  | "slice"
  | "analysis"
  | "version"
  | "reason"
  | "key"
  | "derivatives"
  | "revision"
  | "traceparent"
  | "execution"
> & { readonly outcome: Outcome };

/**
 * Builds the message of `task.finished`. Only a task of a document names its decision: the decision of a person's run was made up
 * here, and the router, which looks decisions up, would not know it.
 */
export const taskFinished = (task: FinishedTask): MessageInitOf<"task.finished"> => ({
  task: task.id,
  run: task.run,
  ...(task.document !== null && { decision: task.decision }),
  round: task.round,
  slice: sliceRefToMessage(task.slice),
  analysis: task.analysis,
  version: task.version,
  outcome: task.outcome,
  reason: task.reason,
  key: task.key,
  derivatives: [...task.derivatives],
  revision: BigInt(task.revision),
});

/** What `task.started` carries: a task, and the number of the attempt that began for it. */
export type StartedTask = {
  readonly task: string;
  readonly run: string;
  readonly execution: string;
  /** From 1. */
  readonly attempt: number;
  readonly slice: SliceRef;
  readonly analysis: string;
  readonly version: string;
  readonly traceparent: string;
};

/** Builds the event that an attempt for a task has begun. */
export const taskStarted = ({ slice, traceparent, ...started }: StartedTask): AnyEmission => ({
  topic: "task.started",
  message: { ...started, slice: sliceRefToMessage(slice) },
  cause: contextFromTraceparent(traceparent),
});
