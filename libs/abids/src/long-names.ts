import type { BidsName, Entities } from "./bids-name.ts";
import { entityRule, entityRules } from "./schema.ts";

/** Entities by their long names: what a table or a script speaks of, rather than what stands in file names. */
export type LongEntities = Readonly<Record<string, string | number>>;

/**
 * The entities of a name as PyBIDS gives them, so that what was written for PyBIDS goes on: the long names of BIDS but
 * where PyBIDS has its own (`inv`, `desc`, `res` …), `run` as a number, other values as written, and `fmap` on field
 * maps.
 */
export const longEntities = ({ entities, suffix, extension }: Pick<BidsName, "entities" | "suffix" | "extension">) => {
  const long: Record<string, string | number> = {};
  for (const key in entities) {
    const value = entities[key] ?? "";
    long[longNames.get(key) ?? key] = key === "run" ? Number(value) : value;
  }
  if (fieldMaps.has(suffix) && extension.startsWith(".nii")) long.fmap = suffix;
  return long satisfies LongEntities;
};

/**
 * What can be read off a name that BIDS refuses or does not look at: what follows the last `_`, and entities that it
 * knows.
 */
export const looseParts = (path: string): Pick<BidsName, "entities" | "suffix" | "extension"> => {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const dot = file.indexOf(".", 1);
  const words = (dot < 0 ? file : file.slice(0, dot)).slice(0, maxNameLength).split("_");
  const last = words.pop() ?? "";
  const suffix = dot >= 0 && /^[0-9A-Za-z+]+$/.test(last) ? last : "";
  return { entities: looseEntities(words), suffix, extension: dot < 0 ? "" : file.slice(dot) };
};

const looseEntities = (words: readonly string[]): Entities => {
  const entities: Record<string, string> = {};
  for (const word of words) {
    const dash = word.indexOf("-");
    const [key, value] = [word.slice(0, Math.max(0, dash)), word.slice(dash + 1)];
    const rule = entityRule(key);
    const pattern = rule?.format === "index" ? /^[0-9]+$/ : /^[0-9A-Za-z+]+$/;
    if (rule !== undefined && !(key in entities) && pattern.test(value)) entities[key] = value;
  }
  return entities;
};

/** By key, as PyBIDS calls them in its configurations `bids` and `derivatives`. */
const own: Readonly<Record<string, string>> = {
  ...{ inv: "inv", mt: "mt", proc: "proc", stain: "staining", trc: "tracer" },
  ...{ desc: "desc", res: "res", den: "den", hemi: "hemi" },
};
const longNames = new Map(entityRules.map(({ key, name }) => [key, own[key] ?? name]));

const fieldMaps: ReadonlySet<string> = new Set([
  ...["phasediff", "magnitude1", "magnitude2", "phase1", "phase2", "fieldmap", "epi"],
]);

/** More is not a name of a file. */
const maxNameLength = 1_024;
