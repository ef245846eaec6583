import type { SliceRef } from "@rollerblade/analysis";
import { type AnyEmission, type MessageInitOf, sliceRefToMessage } from "@rollerblade/events";
import { contextFromTraceparent } from "@rollerblade/telemetry";
import type { Outcome } from "../schema.ts";
import type { Task } from "./task-row.ts";

/** What is known of a task when it is final. */
export type FinishedTask = Pick<
  Task,
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

/** The message that says so. Decisions are the router's: those of a person's run are nobody else's business. */
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

/** What is known of a task when an attempt for it begins. */
export type StartedTask = {
  readonly task: string;
  readonly run: string;
  readonly execution: string;
  readonly attempt: number;
  readonly slice: SliceRef;
  readonly analysis: string;
  readonly version: string;
  readonly traceparent: string;
};

/** What is said of it. */
export const taskStarted = ({ slice, traceparent, ...started }: StartedTask): AnyEmission => ({
  topic: "task.started",
  message: { ...started, slice: sliceRefToMessage(slice) },
  cause: contextFromTraceparent(traceparent),
});
