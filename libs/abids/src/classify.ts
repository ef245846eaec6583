import type { Ignore } from "./bids-ignore.ts";
import { type BidsName, type NameFault, parseName } from "./bids-name.ts";
import { faultOfPath } from "./check-path.ts";
import { isCompanionName } from "./companions.ts";
import { type DatasetType, faultOfDataName, faultOfSidecarName } from "./name-rules.ts";
import { nearestName } from "./nearest-name.ts";
import { datatypes, opaqueFolders, rootFiles } from "./schema.ts";

/** Tables and documents that describe the dataset as a whole or one subject or session of it. */
export type MetadataKind =
  | "sidecar"
  | "description"
  | "participants"
  | "samples"
  | "sessions"
  | "scans"
  | "phenotype"
  | "document";

/**
 * Why a file takes no part although nothing is wrong with it; `unnamed`: a pipeline's own file in a derivative dataset.
 */
export type IgnoredReason = "bidsignore" | "hidden" | "sourcedata" | "unnamed";

/** What a file is to the dataset that it lies in. */
export type Classified =
  /** A scan's data file; `inside` is the path within it where a folder counts as one file (`….ds/`). */
  | { readonly class: "data"; readonly path: string; readonly name: BidsName; readonly inside: string | null }
  /** Lies in a datatype folder and goes with data files: `.json`, `.bval`, `events.tsv` … */
  | { readonly class: "companion"; readonly path: string; readonly name: BidsName }
  /**
   * `name` is null for files that BIDS gives a fixed name; `document` is text for people, and whatever lies in `code`
   * or `stimuli`.
   */
  | { readonly class: "metadata"; readonly path: string; readonly kind: MetadataKind; readonly name: BidsName | null }
  /** Belongs to a dataset of its own: the folder below `derivatives`, and the path in it. */
  | { readonly class: "derivative"; readonly path: string; readonly dataset: string; readonly inside: string }
  | { readonly class: "ignored"; readonly path: string; readonly because: IgnoredReason }
  /** Not BIDS: why, the first rule that it breaks, and the valid name that is nearest to it, where one is near. */
  | {
      readonly class: "invalid";
      readonly path: string;
      readonly reason: string;
      readonly rule: NameFault["rule"];
      readonly nearest: string | null;
    };

/** What `classify` must know of the dataset. */
export type DatasetContext = {
  /** `DatasetType` of `dataset_description.json`. @default "raw" */
  readonly type?: DatasetType;
  /** From `.bidsignore`, see `readBidsIgnore`. */
  readonly ignore?: Ignore;
  /**
   * Names of derivatives that BIDS has no rule for are invalid, as for its validator, rather than a pipeline's own.
   * @default false
   */
  readonly strict?: boolean;
  /** Whether the dataset has such a file or folder. What is there is not what the invalid name of another file meant. */
  readonly has?: (path: string) => boolean;
  /** The path is that of a folder that counts as one file (`….ds`). @default false */
  readonly folder?: boolean;
};

/** Classifies a file by its path relative to the dataset alone. Never throws. */
export const classify = (path: string, dataset: DatasetContext = {}): Classified => {
  const fault = faultOfPath(path);
  if (fault !== null) return { class: "invalid", path, reason: fault, rule: "unsafe-path", nearest: null };
  return classifyFixed(path, dataset) ?? classifyNamed(path, dataset);
};

/**
 * Whether a store keeps a file that nobody judges: one that `.bidsignore` names, or a pipeline's own in a derivative
 * dataset. It is not a scan, and a part of the dataset is handed out without it.
 */
export const isKept = (is: Classified): boolean =>
  is.class === "ignored" && (is.because === "bidsignore" || is.because === "unnamed");

/** Files that are known by their place. */
const classifyFixed = (path: string, { ignore, folder }: DatasetContext): Classified | null => {
  const slash = path.indexOf("/");
  const top = slash < 0 ? path : path.slice(0, slash);
  if (path === ".bidsignore") return { class: "metadata", path, kind: "document", name: null };
  if (isHiddenPath(path)) return { class: "ignored", path, because: "hidden" };
  if (ignore?.(folder === true ? `${path}/` : path) === true) return { class: "ignored", path, because: "bidsignore" };
  if (slash < 0)
    return rootFiles.has(path) ? { class: "metadata", path, kind: kindOfRootFile(path), name: null } : null;
  if (top === "derivatives") return derivative(path);
  if (top === "sourcedata") return { class: "ignored", path, because: "sourcedata" };
  if (opaqueFolders.has(top)) return { class: "metadata", path, kind: "document", name: null };
  const isPhenotype = top === "phenotype" && path.indexOf("/", slash + 1) < 0 && /\.(tsv|json)$/.test(path);
  return isPhenotype ? { class: "metadata", path, kind: "phenotype", name: null } : null;
};

/**
 * Folders that count as one file, by the end of their name: what is in them is their format's, such as `.zarray` of a
 * Zarr.
 */
export const oneFileFolder: RegExp = /\.(ds|mefd|zarr)\//;

/**
 * Whether a file or a folder above it has a name that begins with a dot, but for what lies in a folder that counts as
 * one file.
 */
export const isHiddenPath = (path: string): boolean => {
  const dot = path.startsWith(".") ? 0 : path.indexOf("/.");
  if (dot < 0) return false;
  const opened = path.search(oneFileFolder);
  return opened < 0 || dot < opened;
};

const kindOfRootFile = (path: string): MetadataKind => {
  if (path === "dataset_description.json") return "description";
  if (path.startsWith("participants.")) return "participants";
  return path.startsWith("samples.") ? "samples" : "document";
};

const derivative = (path: string): Classified => {
  const [, dataset = "", ...inside] = path.split("/");
  return { class: "derivative", path, dataset: inside.length === 0 ? "" : dataset, inside: inside.join("/") };
};

/** Whether a file is DICOM by its name: `.dcm`, Siemens' `.IMA`, or the index of a folder of them. */
const isDicom = (path: string): boolean => /\.(dcm|ima)$/i.test(path) || /(^|\/)DICOMDIR$/.test(path);

/** Files that are known by their name. */
const classifyNamed = (path: string, dataset: DatasetContext): Classified => {
  const { own, inside } = dataset.folder === true ? { own: path, inside: "" } : splitFolder(path);
  const type = dataset.type ?? "raw";
  const isLenient = type === "derivative" && dataset.strict !== true;
  if (isDicom(path))
    return {
      class: "invalid",
      path,
      reason: "is DICOM, which BIDS keeps in sourcedata/ only",
      rule: "dicom-file",
      nearest: null,
    };
  const parsed = parseName(own);
  if (!parsed.ok && isLenient) return { class: "ignored", path, because: "unnamed" };
  // What is not a folder that counts as one file is a folder with a file in it, and the file is what somebody named.
  if (!parsed.ok && inside !== null && inside !== "") return invalid(path, path, null, dataset, faultsOfName(path));
  if (!parsed.ok) return invalid(path, own, inside, dataset, parsed.faults);
  const { name } = parsed;
  if (inside === null && (name.suffix === "sessions" || name.suffix === "scans"))
    return table(path, name, name.suffix, dataset);
  if (name.datatype === null) {
    const fault = faultOfSidecarName(name, type);
    return fault === null
      ? { class: "metadata", path, kind: "sidecar", name }
      : invalid(path, own, inside, dataset, [fault]);
  }
  const fault = faultOfDataName(name, type, inside !== null);
  const isOwnWord = isLenient && fault?.rule === "unknown-suffix";
  if (fault !== null && !isOwnWord) return invalid(path, own, inside, dataset, [fault]);
  return isCompanionName(name) ? { class: "companion", path, name } : { class: "data", path: own, name, inside };
};

const faultsOfName = (path: string): readonly NameFault[] => {
  const parsed = parseName(path);
  return parsed.ok ? [] : parsed.faults;
};

const table = (path: string, name: BidsName, kind: "sessions" | "scans", dataset: DatasetContext): Classified => {
  const isTable = name.extension === ".tsv" || name.extension === ".json";
  const strangers = Object.keys(name.entities).filter((key) => key !== "sub" && (key !== "ses" || kind === "sessions"));
  const isPlaced = name.datatype === null && (name.extension === ".json" || name.subject !== null);
  if (isTable && isPlaced && strangers.length === 0) return { class: "metadata", path, kind, name };
  const place =
    kind === "sessions"
      ? "sub-<label>/sub-<label>_sessions.tsv"
      : "sub-<label>/[ses-<label>/]sub-<label>[_ses-<label>]_scans.tsv";
  return invalid(path, path, null, dataset, [{ rule: "wrong-folder", message: `a ${kind} table is named ${place}` }]);
};

/** A file deeper than its datatype folder lies inside a folder that counts as one file. */
const splitFolder = (path: string): { own: string; inside: string | null } => {
  const segments = path.split("/");
  const at = segments.findIndex((segment) => datatypes.has(segment));
  if (at < 0 || segments.length <= at + 2) return { own: path, inside: null };
  return { own: segments.slice(0, at + 2).join("/"), inside: segments.slice(at + 2).join("/") };
};

const invalid = (
  path: string,
  own: string,
  inside: string | null,
  { type = "raw", has = () => false }: DatasetContext,
  faults: readonly NameFault[],
): Classified => {
  const guess = nearestName(own);
  const isValid =
    guess !== null && guess !== own && isAllowed(guess, type, inside !== null) && !isOfAnother(own, guess, has);
  const reason = faults.map(({ message }) => message).join("; ");
  return { class: "invalid", path, reason, rule: faults[0]?.rule ?? "name-syntax", nearest: isValid ? guess : null };
};

/** Whether a name is taken by another file, or is that of another person who is there: `sub-12` where `sub-1_2` was written. */
const isOfAnother = (path: string, guess: string, has: (path: string) => boolean): boolean => {
  const person = guess.slice(0, guess.indexOf("/"));
  const words = path.toLowerCase().split(/[/_.]/);
  return has(guess) || (!words.includes(person.toLowerCase()) && has(person));
};

const isAllowed = (path: string, type: DatasetType, folder: boolean): boolean => {
  const parsed = parseName(path);
  return parsed.ok && parsed.name.datatype !== null && faultOfDataName(parsed.name, type, folder) === null;
};
