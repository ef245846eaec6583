import {
  executionKey,
  type JsonObject,
  type Manifest,
  parametersHash,
  publishedName,
  type RequestedSlice,
  type SliceRef,
  sliceKey,
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
  readonly document: string | null;
  readonly rule: string | null;
  readonly owner: string;
  readonly priority: Priority;
  /** With their defaults filled in. */
  readonly parameters: JsonObject;
};

/** One slice that somebody asks for. */
export type AskedSlice = {
  readonly decision: string;
  readonly round: number;
  readonly decided: number;
  readonly decidedAt: Date;
  readonly traceparent: string;
  readonly slice: SliceRef;
  /** The slice with its inputs, or why there are none. */
  readonly requested: RequestedSlice | { readonly fault: string };
};

/** The task for one slice of a run: its key says what would have to run. */
export const taskOfSlice = (run: RunOfTasks, { manifest, code }: Analysis, asked: AskedSlice): NewTask => {
  const { slice, ...rest } = asked;
  const { parameters } = run;
  const requested = withNames(manifest, asked.requested);
  const found = "fault" in requested ? null : requested;
  return {
    ...rest,
    id: newEventId(),
    run: run.id,
    document: run.document,
    rule: run.rule,
    analysis: manifest.name,
    version: manifest.version,
    parametersHash: parametersHash(manifest, parameters),
    rank: rankOf(run.priority),
    owner: run.owner,
    slice,
    sliceKey: sliceKey(slice),
    requested: found,
    sources: found === null ? [] : sourcesOf(found).map(({ dataset, path }) => `${dataset}/${path}`),
    key: found === null ? "" : executionKey({ code, manifest, parameters, slice: found }),
    fault: "fault" in requested ? requested.fault : null,
  };
};

/** A slice whose outputs could not be named is refused here, where it harms nobody else. */
const withNames = (manifest: Manifest, requested: AskedSlice["requested"]): AskedSlice["requested"] => {
  if ("fault" in requested) return requested;
  try {
    for (const output of manifest.outputs) publishedName(manifest, output, requested, "");
    return requested;
  } catch (error) {
    return { fault: Problem.from(error).message };
  }
};
