import { entityKeys } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";

/** The parts of an output name. Example: `{entities}_desc-brain_mask.nii.gz`. */
export type OutputTemplate = {
  /** Entities that the template adds, by key. */
  readonly entities: Readonly<Record<string, string>>;
  readonly suffix: string;
  /** With its dot. */
  readonly extension: string;
};

const grammar = /^\{entities\}((?:_[A-Za-z0-9]+-[A-Za-z0-9+]+)*)_([A-Za-z0-9]+)((?:\.[A-Za-z0-9]+)+)$/;

/**
 * Parses an output name, or describes what is wrong with it. Only `{entities}`, further entities, a suffix and an
 * extension can be written, so no name leaves its folder.
 */
export const parseOutputTemplate = (template: string): OutputTemplate | { readonly fault: string } => {
  const match = grammar.exec(template);
  if (match === null) {
    return {
      fault: `"${template}" must be {entities}, further entities, a suffix and an extension, for example {entities}_desc-brain_mask.nii.gz`,
    };
  }
  const pairs = (match[1] ?? "").split("_").filter((part) => part !== "");
  const entities = new Map<string, string>();
  for (const pair of pairs) {
    const [key = "", value = ""] = pair.split("-");
    if (!entityKeys.includes(key)) return { fault: `"${key}" is not a BIDS entity${didYouMean(key, entityKeys)}` };
    if (key === "sub" || key === "ses") return { fault: `"${key}" comes with {entities} and cannot be set` };
    if (entities.has(key)) return { fault: `the entity "${key}" appears twice in "${template}"` };
    entities.set(key, value);
  }
  return { entities: Object.fromEntries(entities), suffix: match[2] ?? "", extension: match[3] ?? "" };
};

/** Parses a name that was accepted when its manifest was read. @throws Error for any other */
export const outputTemplate = (template: string): OutputTemplate => {
  const parsed = parseOutputTemplate(template);
  if ("fault" in parsed) throw new Error(parsed.fault);
  return parsed;
};

/** Returns whether a file describes others instead of being described, so that it gets no sidecar. */
export const isJson = (template: OutputTemplate): boolean => template.extension === ".json";

/**
 * Returns whether a `.json` output would be read as the sidecar of another output: same suffix, and no entity that is
 * missing in the other (BIDS specification, "The inheritance principle").
 */
export const wouldDescribe = (json: OutputTemplate, other: OutputTemplate): boolean =>
  isJson(json) &&
  !isJson(other) &&
  json.suffix === other.suffix &&
  Object.entries(json.entities).every(([key, value]) => other.entities[key] === value);
