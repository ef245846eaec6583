import type { BidsName } from "./bids-name.ts";
import type { NameRule } from "./schema/reduce.ts";
import { rulesOfSuffix } from "./schema.ts";

/** What kind of dataset a name stands in: derivative datasets have names of their own besides the raw ones. */
export type DatasetType = "raw" | "derivative";

/**
 * What BIDS says against a file of this name in its datatype folder, or null. `folder`: the name is that of a folder which
 * counts as one file. A JSON sidecar may leave out required entities, since it may speak of several files.
 */
export const faultOfDataName = (name: BidsName, type: DatasetType, folder: boolean): string | null => {
  const known = rulesOfSuffix(name.suffix).filter((rule) => rule.raw || type === "derivative");
  // Pipelines have outputs that BIDS has no word for yet.
  if (known.length === 0) return type === "derivative" ? null : `BIDS has no suffix ${name.suffix}`;
  const here = known.filter((rule) => rule.datatypes.length === 0 || rule.datatypes.includes(name.datatype ?? ""));
  if (here.length === 0)
    return `the suffix ${name.suffix} belongs into ${listed(known.flatMap((rule) => rule.datatypes))}`;
  const fitting = here.filter((rule) => fits(rule, name.extension, folder));
  if (fitting.length === 0)
    return `${name.suffix} files ${folder ? "that are folders " : ""}have the extension ${listed(extensionsOf(here, folder))}`;
  let fault: string | null = null;
  for (const rule of fitting) {
    const against = faultOfEntities(rule, name);
    if (against === null) return null;
    fault ??= against;
  }
  return fault;
};

/** What BIDS says against metadata of this name above the datatype folders, or null. */
export const faultOfSidecarName = (name: BidsName, type: DatasetType): string | null => {
  if (!inheritable.has(name.extension))
    return `only ${listed([...inheritable])} files may lie above the datatype folders`;
  const known = rulesOfSuffix(name.suffix).filter((rule) => rule.raw || type === "derivative");
  if (known.length === 0) return `BIDS has no suffix ${name.suffix}`;
  const fitting = known.filter((rule) => fits(rule, name.extension, false));
  if (fitting.length === 0) return `${name.suffix} files have the extension ${listed(extensionsOf(known, false))}`;
  if (fitting.some((rule) => strangerIn(rule, name) === undefined)) return null;
  return `the entity ${fitting.map((rule) => strangerIn(rule, name))[0]} is not allowed with ${name.suffix}`;
};

/** Extensions of files whose content holds for files below them too. */
export const inheritable: ReadonlySet<string> = new Set([".json", ".tsv", ".tsv.gz", ".bval", ".bvec"]);

const fits = (rule: NameRule, extension: string, folder: boolean): boolean =>
  folder ? rule.folders.includes(extension) : rule.extensions.includes(extension) || rule.extensions.includes(".*");

const faultOfEntities = (rule: NameRule, name: BidsName): string | null => {
  const stranger = strangerIn(rule, name);
  if (stranger !== undefined) return `the entity ${stranger} is not allowed with ${name.suffix} in ${name.datatype}`;
  const missing = name.extension === ".json" ? undefined : rule.required.find((key) => !(key in name.entities));
  if (missing !== undefined) return `the entity ${missing} is required with ${name.suffix} in ${name.datatype}`;
  for (const [key = "", ...values] of rule.values) {
    if (!values.includes(name.entities[key] ?? "")) return `the entity ${key} must be ${listed(values)} in such a file`;
  }
  return null;
};

const strangerIn = (rule: NameRule, name: BidsName): string | undefined =>
  Object.keys(name.entities).find((key) => !rule.required.includes(key) && !rule.optional.includes(key));

const extensionsOf = (rules: readonly NameRule[], folder: boolean): string[] =>
  rules.flatMap((rule) => (folder ? rule.folders : rule.extensions));

const listed = (items: readonly string[]): string => {
  const unique = [...new Set(items)];
  return unique.length < 2 ? (unique[0] ?? "none") : `${unique.slice(0, -1).join(", ")} or ${unique.at(-1)}`;
};
