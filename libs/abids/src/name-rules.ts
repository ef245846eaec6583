import type { BidsName, NameFault, NameRuleCode } from "./bids-name.ts";
import type { NameRule } from "./schema/reduce.ts";
import { nameRules, rulesOfSuffix } from "./schema.ts";

/** What kind of dataset a name stands in: derivative datasets have names of their own besides the raw ones. */
export type DatasetType = "raw" | "derivative";

/**
 * Returns why BIDS forbids a file of this name in its datatype folder, or null. `folder`: the name is that of a folder
 * which counts as one file. A JSON sidecar may leave out required entities, since it may speak of several files.
 */
export const faultOfDataName = (name: BidsName, type: DatasetType, folder: boolean): NameFault | null =>
  remembered(`${type} ${folder ? "folder" : "file"}`, name, () => judgeDataName(name, type, folder));

/** Returns why BIDS forbids metadata of this name above the datatype folders, or null. */
export const faultOfSidecarName = (name: BidsName, type: DatasetType): NameFault | null =>
  remembered(`${type} sidecar`, name, () => judgeSidecarName(name, type));

const judgeDataName = (name: BidsName, type: DatasetType, folder: boolean): NameFault | null => {
  const known = rulesFor(name, type);
  if (known.length === 0) return fault("unknown-suffix", `BIDS has no suffix ${name.suffix}`);
  const here = known.filter((rule) => rule.datatypes.length === 0 || rule.datatypes.includes(name.datatype ?? ""));
  if (here.length === 0)
    return fault(
      "wrong-datatype",
      `the suffix ${name.suffix} belongs into ${listed(known.flatMap((rule) => rule.datatypes))}`,
    );
  const fitting = here.filter((rule) => fits(rule, name.extension, folder));
  if (fitting.length === 0) return fault("wrong-extension", extensionFault(name, here, folder));
  let first: NameFault | null = null;
  for (const rule of fitting) {
    const against = faultOfEntities(rule, name);
    if (against === null) return null;
    first ??= against;
  }
  return first;
};

const judgeSidecarName = (name: BidsName, type: DatasetType): NameFault | null => {
  if (!inheritable.has(name.extension))
    return fault("wrong-folder", `only ${listed([...inheritable])} files may lie above the datatype folders`);
  const known = rulesFor(name, type);
  if (known.length === 0) return fault("unknown-suffix", `BIDS has no suffix ${name.suffix}`);
  const fitting = known.filter((rule) => fits(rule, name.extension, false));
  if (fitting.length === 0) return fault("wrong-extension", extensionFault(name, known, false));
  if (fitting.some((rule) => strangerIn(rule, name) === undefined)) return null;
  const stranger = fitting.map((rule) => strangerIn(rule, name))[0];
  return fault("entity-not-allowed", `the entity ${stranger} is not allowed with ${name.suffix}`);
};

const fault = (rule: NameRuleCode, message: string): NameFault => ({ rule, message });

const rulesFor = (name: BidsName, type: DatasetType): readonly NameRule[] =>
  rulesOfSuffix(name.suffix).filter((rule) => rule.raw || type === "derivative");

const extensionFault = ({ suffix, extension }: BidsName, rules: readonly NameRule[], folder: boolean): string => {
  const allowed = [...new Set(extensionsOf(rules, folder))];
  const kind = folder ? "folders" : "files";
  if (allowed.length === 0) return `${suffix} is no ${folder ? "folder" : "file"}`;
  return `${suffix} ${kind} have the extension ${listed(allowed)}, not "${extension}"`;
};

/** Names of one form are judged once: a dataset has a hundred thousand names and a hundred forms. */
const remembered = (kind: string, name: BidsName, judge: () => NameFault | null): NameFault | null => {
  if (valued.has(name.suffix) || rulesOfSuffix(name.suffix).length === 0) return judge();
  const form = `${kind} ${name.datatype} ${name.suffix}${name.extension} ${Object.keys(name.entities).join()}`;
  const known = judged.get(form);
  if (known !== undefined) return known;
  if (judged.size >= maxForms) judged.clear();
  const found = judge();
  judged.set(form, found);
  return found;
};

const judged = new Map<string, NameFault | null>();
const maxForms = 10_000;

/** Suffixes with rules that depend on the values of entities too. */
const valued: ReadonlySet<string> = new Set(
  nameRules.filter((rule) => rule.values.length > 0).flatMap((rule) => rule.suffixes),
);

/** Extensions of files whose content holds for files below them too. */
export const inheritable: ReadonlySet<string> = new Set([".json", ".tsv", ".tsv.gz", ".bval", ".bvec"]);

const fits = (rule: NameRule, extension: string, folder: boolean): boolean =>
  folder ? rule.folders.includes(extension) : rule.extensions.includes(extension) || rule.extensions.includes(".*");

const faultOfEntities = (rule: NameRule, name: BidsName): NameFault | null => {
  const place = `with ${name.suffix} in ${name.datatype}`;
  const stranger = strangerIn(rule, name);
  if (stranger !== undefined) return fault("entity-not-allowed", `the entity ${stranger} is not allowed ${place}`);
  const missing = name.extension === ".json" ? undefined : rule.required.find((key) => !(key in name.entities));
  if (missing !== undefined) return fault("entity-missing", `the entity ${missing} is required ${place}`);
  for (const [key = "", ...values] of rule.values) {
    if (!values.includes(name.entities[key] ?? ""))
      return fault("entity-value", `the entity ${key} must be ${listed(values)} in such a file`);
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
