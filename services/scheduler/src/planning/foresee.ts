import type { Foreseen } from "@rollerblade/client";
import type { Analysis } from "../analyses/known-analyses.ts";
import { namesOfAssets } from "../assets/used-assets.ts";
import { placesIn } from "./places.ts";
import { type OpenTask, type Plan, planTask } from "./plan-task.ts";
import { type KnownReader, readKnown } from "./read-known.ts";

/** A slice whose execution might be requested. */
export type PossibleTask = {
  /** Key of the execution. */
  readonly key: string;
  readonly owner: string;
  readonly dataset: string;
  readonly entities: Readonly<Record<string, string>>;
  readonly datatype: string | null;
  readonly parametersHash: string;
  /** Whether it would be executed anew even where its results are there. @default false */
  readonly force?: boolean;
};

/** Tasks that are looked at together. */
const tasksAtOnce = 1_000;

const foreseen: Readonly<Record<Plan["plan"], Foreseen>> = {
  refuse: "refused",
  "bad-input": "failed",
  "in-place": "inPlace",
  reuse: "cached",
  share: "shared",
  run: "run",
};

/**
 * Tells what would become of tasks if they were inserted now, in their order, by the same decision that plans them. Of several
 * with one key the first would run and the others would share its execution.
 */
export const foresee = async (
  reader: KnownReader,
  { manifest }: Analysis,
  tasks: readonly PossibleTask[],
): Promise<Foreseen[]> => {
  const assets = namesOfAssets(manifest);
  const begun = new Set<string>();
  const ends: Foreseen[] = [];
  for (let at = 0; at < tasks.length; at += tasksAtOnce) {
    const open = tasks
      .slice(at, at + tasksAtOnce)
      .map(({ entities, datatype, parametersHash, force = false, ...task }): OpenTask => {
        const places = placesIn(manifest, { entities, datatype }, parametersHash);
        return { ...task, force, id: "", sliceKey: "", analysis: manifest.name, sources: [], assets, places };
      });
    const known = await readKnown(reader, open);
    for (const task of open) {
      const { plan } = planTask(task, known);
      ends.push(plan === "run" && begun.has(task.key) ? "shared" : foreseen[plan]);
      if (plan === "run") begun.add(task.key);
    }
  }
  return ends;
};
