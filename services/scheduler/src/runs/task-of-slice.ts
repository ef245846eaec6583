import {
  executionKey,
  type JsonObject,
  parametersHash,
  type RequestedSlice,
  type SliceRef,
  sliceKey,
  sourcesOf,
} from "@rollerblade/analysis";
import { newEventId } from "@rollerblade/events";
import type { Analysis } from "../analyses/known-analyses.ts";
import type { Priority } from "../schema.ts";
import type { NewTask } from "../tasks/insert-tasks.ts";
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
  const { requested, slice, ...rest } = asked;
  const found = "fault" in requested ? null : requested;
  const { parameters } = run;
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
