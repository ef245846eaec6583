import type { JsonObject } from "@rollerblade/abids";
import { type SliceRef, sliceKey } from "@rollerblade/abids/facts";
import {
  executionKey,
  type Manifest,
  parametersHash,
  parametersHashOfPart,
  publishedName,
  type RequestedSlice,
  sourcesOf,
} from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { newEventId } from "@rollerblade/events";
import type { Analysis } from "../analyses/known-analyses.ts";
import type { Priority } from "../schema.ts";
import type { NewTask } from "../tasks/insert-task-rows.ts";
import { rankOf } from "../tasks/rank.ts";

/** What the tasks of one run have in common. */
export type RunOfTasks = {
  readonly id: string;
  /** The pipeline document and the rule in it; both null for a person's run. */
  readonly document: string | null;
  readonly rule: string | null;
  readonly owner: string;
  readonly priority: Priority;
  /** With their defaults filled in. */
  readonly parameters: JsonObject;
};

/** Why a slice has not the inputs that it needs: it fails, or the analysis does not apply to it. */
export type NoInputs = { readonly fault: string; readonly outcome: "failed" | "not-applicable" };

/** A slice that is requested of the scheduler, by the router or by a person's query. */
export type SliceRequest = {
  readonly decision: string;
  readonly round: number;
  readonly decided: number;
  readonly decidedAt: Date;
  readonly traceparent: string;
  readonly slice: SliceRef;
  /** The slice with its inputs, or why there are none. */
  readonly requested: RequestedSlice | NoInputs;
  /** The query that chose some of the slice's members only; absent where they are all in. */
  readonly chosenBy?: string;
};

/**
 * Makes the task for one slice of a run. Its key identifies the work: two tasks with equal keys (same code, parameters and contents of
 * inputs) need one execution only.
 */
export const taskOfSlice = (run: RunOfTasks, { manifest, code }: Analysis, request: SliceRequest): NewTask => {
  const { slice, chosenBy, ...rest } = request;
  const { parameters } = run;
  const named = withNames(manifest, request.requested);
  const requested = "fault" in named ? null : named;
  const sources = requested === null ? [] : sourcesOf(requested);
  return {
    ...rest,
    id: newEventId(),
    run: run.id,
    document: run.document,
    rule: run.rule,
    analysis: manifest.name,
    version: manifest.version,
    parametersHash:
      chosenBy === undefined ? parametersHash(manifest, parameters) : parametersHashOfPart(parameters, chosenBy),
    rank: rankOf(run.priority),
    owner: run.owner,
    slice,
    sliceKey: sliceKey(slice),
    requested,
    sources: sources.map(({ dataset, path }) => `${dataset}/${path}`),
    datasets: [...new Set([slice.dataset, ...sources.map(({ dataset }) => dataset)])].sort(),
    key: requested === null ? "" : executionKey({ code, manifest, parameters, slice: requested }),
    fault: "fault" in named ? named : null,
  };
};

/** Refuses a slice whose outputs could not be named, before anything runs for it. The hash of the parameters never matters for that. */
const withNames = (manifest: Manifest, requested: SliceRequest["requested"]): SliceRequest["requested"] => {
  if ("fault" in requested) return requested;
  try {
    // The names of files in trees are the program's.
    for (const output of manifest.outputs) if (!("tree" in output)) publishedName(manifest, output, requested, "");
    return requested;
  } catch (error) {
    return { fault: Problem.from(error).message, outcome: "failed" };
  }
};
