import type { LiveEvent } from "@rollerblade/client";
import { isWithinLimits, type Principal } from "@rollerblade/service-kit";
import { z } from "zod";

/** Somebody who watches, and what they may read right now. */
export type Viewer = Pick<Principal, "name" | "admin" | "limits"> & {
  /** By name since when they read it: what happened before is not theirs to see, although the data may be. */
  readonly datasets: ReadonlyMap<string, Date>;
  readonly analyses: ReadonlyMap<string, Date>;
  /** Pipeline documents. */
  readonly pipelines: ReadonlyMap<string, Date>;
};

/** Events do not name all that something is made from, however far back: the service that knows is asked. */
export type Visibility =
  | ("yes" | "no")
  | { readonly askAboutRun: string }
  | { readonly askAboutTask: string }
  | { readonly askAboutDerivative: string };

/**
 * Whether somebody may see an event. What belongs to a dataset needs the right to read it; what was derived needs that right
 * for everything that it was made from, however far back; what belongs to no dataset is its owner's, unless their token is limited to
 * resources: then it is shown as to anybody. Events from before the viewer could read a dataset, or
 * of another one that had its name, are not shown. What nobody foresaw is the administrators'.
 */
export const visibleTo = (viewer: Viewer, { topic, dataset, time, message }: LiveEvent): Visibility => {
  if (viewer.admin) return "yes";
  const reads = (name: string): boolean => {
    const since = viewer.datasets.get(name);
    return since !== undefined && since <= new Date(time);
  };
  if (dataset !== null && !reads(dataset)) return "no";
  switch (topic) {
    case "grant.changed":
      return yesIf(
        [viewer.name, "everyone"].includes(textOf(message, "principal")) &&
          isWithinLimits(viewer, { kind: textOf(message, "kind"), name: textOf(message, "resource") }),
      );
    case "analysis.created":
      return yesIf(viewer.analyses.has(textOf(message, "name")));
    case "run.started":
      if (viewer.limits !== undefined) return { askAboutRun: textOf(message, "run") };
      return yesIf(textOf(message, "owner") === viewer.name);
    case "pipeline.applied":
      return yesIf(
        textOf(message, "owner") === viewer.name &&
          isWithinLimits(viewer, { kind: "pipeline", name: textOf(message, "document") }),
      );
    case "run.finished":
      return { askAboutRun: textOf(message, "run") };
    case "task.started":
    case "task.finished":
      return viewer.analyses.has(textOf(message, "analysis")) ? { askAboutTask: textOf(message, "task") } : "no";
    case "pipeline.decided":
      return yesIf(
        callsOf(message).every(
          ({ document, analysis }) => viewer.pipelines.has(document) && viewer.analyses.has(analysis),
        ),
      );
    case "derivative.created":
      // The catalog may not know it yet.
      return sourcesOf(message).every(reads) ? { askAboutTask: textOf(message, "task") } : "no";
    case "derivative.indexed":
      return sourcesOf(message).every(reads) ? { askAboutDerivative: idOfDerivative(message) } : "no";
    case "derivative.superseded":
    case "derivative.withdrawn":
    case "derivative.dropped":
      return { askAboutDerivative: textOf(message, "id") };
    case "result.tagged":
      return { askAboutDerivative: textOf(message, "derivative") };
    default:
      return yesIf(dataset !== null);
  }
};

const yesIf = (condition: boolean): Visibility => (condition ? "yes" : "no");

const textOf = (message: LiveEvent["message"], field: string): string => z.string().catch("").parse(message[field]);

const decided = z.object({
  calls: z.array(z.object({ document: z.string(), analysis: z.string() })).default([]),
});

/** What rules call for; what cannot be read names a document that nobody has. */
const callsOf = (message: LiveEvent["message"]): { document: string; analysis: string }[] => {
  const parsed = decided.safeParse(message);
  return parsed.success ? parsed.data.calls : [{ document: "", analysis: "" }];
};

const derived = z.object({
  derivative: z.object({
    id: z.string().default(""),
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

const idOfDerivative = (message: LiveEvent["message"]): string => {
  const parsed = derived.safeParse(message);
  return parsed.success ? parsed.data.derivative.id : "";
};
