import { plural } from "../plural.ts";

/** Files and folders at the top of a dataset that are named. */
const maxNamed = 6;

/**
 * Sums up what an import leaves in the dataset although its source does not have it:
 * `Kept 58 files that the source does not have: README, phenotype/, sub-01/ …`. A batch of new subjects leaves all the others.
 *
 * @param paths the first of the kept paths
 */
export const keptText = (count: number, paths: readonly string[]): string => {
  const tops = [...new Set(paths.map((path) => path.replace(/\/.*$/s, "/")))];
  const more = tops.length > maxNamed || count > paths.length ? " …" : "";
  return `${plural(count, "file")} that the source does not have: ${tops.slice(0, maxNamed).join(", ")}${more}`;
};
