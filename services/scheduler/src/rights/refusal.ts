import type { Rights } from "./read-rights.ts";

/** What somebody wants to have done. */
export type AskedWork = {
  readonly owner: string;
  readonly analysis: string;
  /** Where the outputs go. */
  readonly dataset: string;
  /** Datasets of its inputs. */
  readonly sources: readonly string[];
  /** Names of the assets that the analysis uses. */
  readonly assets: readonly string[];
};

/** Why somebody may not have an analysis run on these datasets; null when they may. */
export const refusalToRun = (
  rights: Rights,
  { owner, analysis, dataset, sources, assets }: AskedWork,
): string | null => {
  if (!rights.may("run", "analysis", analysis)) return `${owner} may not run ${analysis}`;
  const closed = [...new Set([dataset, ...sources])].find((name) => !rights.may("run", "dataset", name));
  const asset = assets.find((name) => !rights.may("run", "asset", name));
  if (closed === undefined && asset !== undefined)
    return `${owner} may not use the asset ${asset}, which ${analysis} needs`;
  return closed === undefined ? null : `${owner} may not run anything on ${closed}`;
};

/**
 * Why nothing may be published in somebody's name; null when it may. Outputs are new files of a dataset, which only those may add
 * who could upload them, too; what is published there already needs no more than the right to run.
 */
export const refusalToPublish = (rights: Rights, { owner, dataset }: AskedWork): string | null =>
  rights.may("contribute", "dataset", dataset)
    ? null
    : `${owner} may not add results to ${dataset}, which needs the role contributor there`;

/** Why work may not go on, whichever of both it is; null when it may. */
export const refusalOf = (rights: Rights, work: AskedWork): string | null =>
  refusalToRun(rights, work) ?? refusalToPublish(rights, work);
