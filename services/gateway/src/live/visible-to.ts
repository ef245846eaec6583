import type { LiveEvent } from "@rollerblade/client";
import { z } from "zod";

/** Somebody who watches, and what they may read right now. */
export type Viewer = {
  readonly name: string;
  readonly admin: boolean;
  readonly datasets: ReadonlySet<string>;
  readonly analyses: ReadonlySet<string>;
};

/** The last event of a run does not name its owner: the scheduler is asked. */
export type Visibility = "yes" | "no" | { readonly askAboutRun: string };

/**
 * Whether somebody may see an event. What belongs to a dataset needs the right to read it; what was derived needs that right
 * for everything that it was made from; what belongs to no dataset is its owner's. What nobody foresaw is the administrators'.
 */
export const visibleTo = (viewer: Viewer, { topic, dataset, message }: LiveEvent): Visibility => {
  if (viewer.admin) return "yes";
  if (dataset !== null && !viewer.datasets.has(dataset)) return "no";
  switch (topic) {
    case "grant.changed":
      return yesIf([viewer.name, "everyone"].includes(textOf(message, "principal")));
    case "analysis.created":
      return yesIf(viewer.analyses.has(textOf(message, "name")));
    case "run.started":
    case "pipeline.applied":
      return yesIf(textOf(message, "owner") === viewer.name);
    case "run.finished":
      return { askAboutRun: textOf(message, "run") };
    case "derivative.created":
    case "derivative.indexed":
      return yesIf(sourcesOf(message).every((source) => viewer.datasets.has(source)));
    default:
      return yesIf(dataset !== null);
  }
};

const yesIf = (condition: boolean): Visibility => (condition ? "yes" : "no");

const textOf = (message: LiveEvent["message"], field: string): string => z.string().catch("").parse(message[field]);

const derived = z.object({
  derivative: z.object({
    sources: z.array(z.object({ dataset: z.string() })).default([]),
    sourceDatasets: z.array(z.string()).default([]),
  }),
});

/** The datasets that a derivative was made from; what cannot be read names one that nobody has. */
const sourcesOf = (message: LiveEvent["message"]): string[] => {
  const parsed = derived.safeParse(message);
  if (!parsed.success) return [""];
  const { sources, sourceDatasets } = parsed.data.derivative;
  return [...sourceDatasets, ...sources.map(({ dataset }) => dataset)];
};
