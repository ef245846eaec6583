import { Argument } from "commander";

/** What can be shared. */
export const resourceKinds = ["dataset", "analysis", "query", "pipeline"] as const;
export type ResourceKind = (typeof resourceKinds)[number];

/** The argument for the kind of what is shared. */
export const kindArgument = (): Argument =>
  new Argument("<kind>", "what it is; pipeline means a pipeline document").choices([...resourceKinds]);
