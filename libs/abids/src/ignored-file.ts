import type { Entities } from "./bids-name.ts";
import { isEntityValue } from "./entity-value.ts";

/** A file that `.bidsignore` names, as far as its path tells what it belongs to. */
export type IgnoredFile = {
  /** Label without `sub-`. */
  readonly subject: string;
  /** Label without `ses-`, or null where it lies in no session. */
  readonly session: string | null;
  /** The pairs of its name, whether BIDS has them or not. */
  readonly entities: Entities;
  /** From the first dot of its name, for example `.nii.gz`; empty where it has none. */
  readonly extension: string;
};

/**
 * Reads the path of a file that BIDS has no name for: whose folder it lies in, and the pairs of its name. Example:
 * `sub-01/anat/sub-01_T1w_label-lesion_roi.nii.gz` is of the subject 01 and has the pairs sub-01 and label-lesion. Null
 * for a file of nobody's folder, and for one whose name does not begin with the subject of that folder: a program's own
 * files (`surf/lh.white`) go with no scan.
 */
export const readIgnoredPath = (path: string): IgnoredFile | null => {
  const [, subject, session = null] = /^sub-([0-9A-Za-z+]+)\/(?:ses-([0-9A-Za-z+]+)\/)?/.exec(path) ?? [];
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (subject === undefined || !(name.startsWith(`sub-${subject}_`) || name.startsWith(`sub-${subject}.`))) return null;
  const dot = name.indexOf(".");
  const stem = dot < 0 ? name : name.slice(0, dot);
  const pairs = stem.split("_").flatMap((part) => {
    const [, key, value] = /^([A-Za-z0-9]+)-([0-9A-Za-z+]+)$/.exec(part) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  return { subject, session, entities: Object.fromEntries(pairs), extension: dot < 0 ? "" : name.slice(dot) };
};

/** A scan, as far as another file may go with it. */
type Scan = { readonly subject: string; readonly session: string | null; readonly entities: Entities };

/**
 * Whether a file may go with a scan: it is of the same subject, of the same session or of none, and no entity that both
 * names have says otherwise (`run-1` goes with `run-01`, and not with `run-2`).
 */
export const mayGoWith = (file: IgnoredFile, scan: Scan): boolean =>
  file.subject === scan.subject &&
  (file.session === null || file.session === scan.session) &&
  Object.entries(file.entities).every(
    ([key, value]) => scan.entities[key] === undefined || isEntityValue(key, value, scan.entities[key]),
  );
