import { type Finding, Problem } from "@rollerblade/errors";
import { datatypes, entityKeys, entityOrder, entityRule } from "./schema.ts";

/** By the key that stands in names (`sub`, `run`), values as written, in BIDS order. */
export type Entities = Readonly<Record<string, string>>;

/** What a BIDS name is made of. */
export type NameParts = {
  readonly entities: Entities;
  readonly suffix: string;
  /** With its dot (`.nii.gz`), or empty. */
  readonly extension: string;
  /** The folder that it lies in below subject and session, or null above those. */
  readonly datatype: string | null;
};

/** A BIDS name that was read, with where it stood. */
export type BidsName = NameParts & {
  /** Relative to the dataset. */
  readonly path: string;
  /** Label without `sub-`. */
  readonly subject: string | null;
  /** Label without `ses-`. */
  readonly session: string | null;
};

/** What is wrong with a name: the rule that it breaks (see `checkRules`), and how, in words. */
export type NameFault = { readonly rule: NameRuleCode; readonly message: string };

/** Rules that a name alone can break. */
export type NameRuleCode =
  | "unsafe-path"
  | "dicom-file"
  | "name-syntax"
  | "unknown-entity"
  | "entity-value"
  | "entity-order"
  | "wrong-folder"
  | "unknown-suffix"
  | "wrong-datatype"
  | "wrong-extension"
  | "entity-not-allowed"
  | "entity-missing";

/** A name, or what keeps it from being one. */
export type ParsedName =
  | { readonly ok: true; readonly name: BidsName }
  | { readonly ok: false; readonly faults: readonly NameFault[]; readonly findings: readonly Finding[] };

/**
 * Reads `sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz`: the syntax of the name, the order of its entities and its
 * agreement with the folders. Whether BIDS allows such a file in such a folder is for `classify` to decide.
 */
export const parseName = (path: string): ParsedName => {
  const dot = path.indexOf(".", path.lastIndexOf("/") + 1);
  const stem = dot < 0 ? path : path.slice(0, dot);
  // A data file and its sidecar come one after the other, and differ in nothing but their extension.
  if (last === null || last.stem !== stem) last = { stem, parsed: parseStem(stem) };
  if (last.parsed.ok) return { ok: true, name: { ...last.parsed.name, path, extension: path.slice(stem.length) } };
  const { faults } = last.parsed;
  return { ok: false, faults, findings: faults.map(({ message }) => ({ where: path, message })) };
};

let last: { readonly stem: string; readonly parsed: ParsedName } | null = null;

/** Reads a path without the extension. */
const parseStem = (path: string): ParsedName => {
  const folders = path.split("/");
  const parts = (folders.pop() ?? "").split("_");
  const suffix = parts.pop() ?? "";
  const faults: NameFault[] = [];
  if (!isAlphanumeric(suffix))
    faults.push({
      rule: "name-syntax",
      message: `the name ends in "${suffix}" where a suffix such as T1w is expected`,
    });
  const entities = readEntities(parts, faults);
  const datatype = readFolders(folders, entities, faults);
  if (faults.length > 0) return { ok: false, faults, findings: [] };
  const { sub: subject = null, ses: session = null } = entities;
  return { ok: true, name: { path, entities, suffix, extension: "", datatype, subject, session } };
};

/**
 * The path that BIDS gives to these parts: the inverse of `parseName`. @throws Problem for a label that no name can
 * hold.
 */
export const writeName = (parts: NameParts): string => {
  const { sub, ses, tpl, cohort } = parts.entities;
  const folders =
    sub === undefined ? [tpl && `tpl-${tpl}`, cohort && `cohort-${cohort}`] : [`sub-${sub}`, ses && `ses-${ses}`];
  return [...folders, parts.datatype, writeFileName(parts)].filter(Boolean).join("/");
};

/** The name alone, without its folders. @throws Problem for a label that no name can hold. */
export const writeFileName = (parts: Omit<NameParts, "datatype">): string => {
  const entities = Object.entries(parts.entities).sort(([a], [b]) => entityOrder(a) - entityOrder(b));
  for (const [key, value] of entities) {
    const fault = faultOfEntity(key, value);
    if (fault !== null)
      throw new Problem({ code: "invalid", message: `Not a BIDS name: ${fault.message}.`, subject: `${key}-${value}` });
  }
  return [...entities.map(([key, value]) => `${key}-${value}`), parts.suffix].join("_") + parts.extension;
};

const readEntities = (parts: readonly string[], faults: NameFault[]): Entities => {
  const entities: Record<string, string> = {};
  let last = -1;
  for (const part of parts) {
    const dash = part.indexOf("-");
    const key = dash < 0 ? part : part.slice(0, dash);
    const fault =
      dash < 0
        ? ({ rule: "name-syntax", message: `"${part}" is not an entity such as run-1` } as const)
        : faultOfEntity(key, part.slice(dash + 1));
    if (fault !== null) {
      faults.push(fault);
      continue;
    }
    const order = entityOrder(key);
    if (order === last || key in entities)
      faults.push({ rule: "entity-order", message: `the entity ${key} appears twice` });
    else if (order < last) faults.push({ rule: "entity-order", message: tooLate(part, order, last) });
    entities[key] = part.slice(dash + 1);
    last = Math.max(last, order);
  }
  return entities;
};

const tooLate = (part: string, order: number, last: number): string =>
  `${part} stands too late: the order is ${entityKeys.slice(order, last + 1).join(", ")}`;

const faultOfEntity = (key: string, value: string): NameFault | null => {
  const rule = entityRule(key);
  if (rule === undefined) return { rule: "unknown-entity", message: `"${key}" is not an entity of BIDS` };
  const refuse = (message: string): NameFault => ({ rule: "entity-value", message });
  if (value === "") return refuse(`the entity ${key} has no value`);
  if (rule.format === "index") return isDigits(value) ? null : refuse(`${key}-${value} is not a number`);
  if (!isLabel(value)) return refuse(`${key}-${value} holds other characters than letters, digits and +`);
  if (rule.values.length === 0 || rule.values.includes(value)) return null;
  return refuse(`${key}-${value} is none of ${rule.values.map((one) => `${key}-${one}`).join(", ")}`);
};

/** Checks folders against entities; the datatype, or null above such a folder. */
const readFolders = (folders: readonly string[], entities: Entities, faults: NameFault[]): string | null => {
  const isTemplate = folders[0]?.startsWith("tpl-") === true;
  const refuse = (message: string): void => void faults.push({ rule: "wrong-folder", message });
  let at = 0;
  for (const key of isTemplate ? templateLevels : subjectLevels) {
    const value = entities[key];
    const folder = folders[at]?.startsWith(`${key}-`) ? folders[at++] : undefined;
    if (folder === undefined && value !== undefined && key !== "cohort")
      refuse(`${key}-${value} does not lie in a folder ${key}-${value}`);
    else if (folder !== undefined && folder !== `${key}-${value ?? ""}`)
      refuse(`lies in ${folder}, but its name does not contain ${folder}`);
  }
  const datatype = folders[at];
  if (datatype === undefined) return null;
  if (!datatypes.has(datatype)) refuse(`lies in the folder ${datatype}, which is not a datatype of BIDS`);
  if (folders.length > at + 1) refuse(`lies too deep, in ${folders.slice(at + 1).join("/")}`);
  return datatype;
};

const subjectLevels = ["sub", "ses"] as const;
const templateLevels = ["tpl", "cohort"] as const;

const isAlphanumeric = (text: string): boolean => /^[0-9A-Za-z]+$/.test(text);
const isLabel = (text: string): boolean => /^[0-9A-Za-z+]+$/.test(text);
const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);
