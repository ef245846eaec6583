import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "@rollerblade/abids";
import type { OutputPlaces } from "./places.ts";

/** A task that is to be planned. */
export type OpenTask = {
  readonly id: string;
  readonly key: string;
  readonly owner: string;
  readonly analysis: string;
  readonly dataset: string;
  /** Of its slice; empty where no task exists yet. */
  readonly sliceKey: string;
  /** Datasets of its inputs. */
  readonly sources: readonly string[];
  /** Names of the assets that the analysis uses. */
  readonly assets: readonly string[];
  /** Whether it is executed anew even where its results are there. */
  readonly force: boolean;
  /** Where its outputs would be published. */
  readonly places: OutputPlaces;
};

/** An output of an execution. */
export type MadeOutput = {
  readonly name: string;
  readonly sha256: string;
  /** Fields of its sidecar that the program wrote. */
  readonly metadata: JsonObject | null;
};

/** An execution with the key of some open task. */
export type KnownExecution = {
  readonly id: string;
  readonly key: string;
  /** `failed` is there only with a verdict on the input (exit code 65), which no other attempt changes. */
  readonly state: "queued" | "delayed" | "running" | "succeeded" | "failed";
  /** Of a failure, for people. */
  readonly reason: string;
  /** Datasets that its inputs came from. */
  readonly datasets: readonly string[];
  /** Of a success: each output, and whether some location still holds its content. */
  readonly outputs: readonly (MadeOutput & { readonly held: boolean })[];
};

/** What a name of a dataset holds now. */
export type HeldName = {
  readonly derivative: string;
  readonly sha256: string;
  readonly metadata: JsonObject | null;
  readonly key: string;
  /** Of the slice that it was made of. */
  readonly sliceKey: string;
  readonly held: boolean;
};

/** What is known when tasks are planned; see `readKnown`. */
export type Known = {
  readonly executions: ReadonlyMap<string, readonly KnownExecution[]>;
  /** By `dataset/path`. */
  readonly names: ReadonlyMap<string, HeldName>;
  /** Why somebody may not run the task's analysis on its datasets, or null. */
  readonly refusal: (task: OpenTask) => string | null;
  /** Why somebody may not have the task's outputs published, or null. */
  readonly refusalToPublish: (task: OpenTask) => string | null;
  /** Whether somebody may use what was made from these datasets. */
  readonly mayUse: (owner: string, datasets: readonly string[]) => boolean;
};

/** What becomes of a task. */
export type Plan =
  | { readonly plan: "refuse"; readonly reason: string }
  /** An execution of the same key has found that its input cannot be used, so this one would. */
  | { readonly plan: "bad-input"; readonly execution: string; readonly reason: string }
  /** Everything is at its name already. */
  | { readonly plan: "in-place"; readonly execution: string; readonly derivatives: readonly string[] }
  /** The outputs exist somewhere, and are to be published here. */
  | { readonly plan: "reuse"; readonly execution: string }
  /** An execution of the same key is queued or runs. */
  | { readonly plan: "share"; readonly execution: string }
  | { readonly plan: "run" };

/**
 * Decides what becomes of one task, from what is known of its key. The cheapest way wins: nothing to do, publish what exists, wait for
 * what runs, fail as it has failed, run. Rights come before all of these, so that the cache never tells anybody what they may not know;
 * whoever may run and not add files has what already exists.
 */
export const planTask = (task: OpenTask, known: Known): Plan => {
  const reason = known.refusal(task);
  if (reason !== null) return { plan: "refuse", reason };
  const usable = (known.executions.get(task.key) ?? []).filter(({ datasets }) => known.mayUse(task.owner, datasets));
  const shared = usable.find(({ state }) => state !== "succeeded" && state !== "failed");
  if (task.force) return shared === undefined ? { plan: "run" } : { plan: "share", execution: shared.id };
  const done = usable.filter(isWhole);
  for (const execution of done) {
    const derivatives = inPlace(task, execution, known.names);
    if (derivatives !== null) return { plan: "in-place", execution: execution.id, derivatives };
  }
  const barred = known.refusalToPublish(task);
  if (barred !== null) return { plan: "refuse", reason: barred };
  const [first] = done;
  if (first !== undefined) return { plan: "reuse", execution: first.id };
  if (shared !== undefined) return { plan: "share", execution: shared.id };
  const refused = usable.find(({ state }) => state === "failed");
  return refused === undefined ? { plan: "run" } : { plan: "bad-input", execution: refused.id, reason: refused.reason };
};

/** A success of which every output is still held; one that rightly made nothing has none to lose. */
const isWhole = ({ state, outputs }: KnownExecution): boolean =>
  state === "succeeded" && outputs.every(({ held }) => held);

/** Finds the derivatives that hold every output of the execution under the task's names, or null when one of them is missing. */
const inPlace = (task: OpenTask, { outputs, key }: KnownExecution, names: Known["names"]): string[] | null => {
  const derivatives: string[] = [];
  for (const { name, sha256, metadata } of outputs) {
    const place = task.places(name);
    if (place === null) continue;
    const held = names.get(`${task.dataset}/${place.path}`);
    if (held === undefined || !held.held) return null;
    if (place.shared && held.sliceKey !== task.sliceKey) continue;
    if (held.sha256 !== sha256 || held.key !== key) return null;
    if (!isDeepStrictEqual(held.metadata, metadata)) return null;
    derivatives.push(held.derivative);
  }
  return derivatives;
};
