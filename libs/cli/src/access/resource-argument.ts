import { Argument } from "commander";

/** What can be shared. */
export const resourceKinds = ["dataset", "analysis", "query", "pipeline", "asset"] as const;
export type ResourceKind = (typeof resourceKinds)[number];

/** What somebody's access can be explained to: what is shared, and what was made from it. */
export const explainedKinds = [...resourceKinds, "file", "result"] as const;
export type ExplainedKind = (typeof explainedKinds)[number];

/** The argument for the kind of what is shared. */
export const kindArgument = (): Argument =>
  new Argument("<kind>", "what it is; pipeline means a pipeline document").choices([...resourceKinds]);
