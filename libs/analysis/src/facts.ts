/** A value that a table, a sidecar or a data dictionary can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object: attributes of a subject, merged metadata of a scan. */
export type JsonObject = { readonly [key: string]: Json };

/** The part of a Query that one task works on. */
export type Level = "scan" | "session" | "subject" | "dataset";

/**
 * One file of a dataset. `path` is relative to the dataset, with `/`; the object lies at `datasets/<dataset>/<path>`.
 * `role` says what it is to its scan: `image` for the data file itself, else its extension without the dot
 * (`json`, `bval`, `bvec`) or its suffix and extension (`events.tsv`).
 */
export type FileFact = {
  readonly path: string;
  readonly role: string;
  /** Bytes. */
  readonly size: number;
  /** `sha256:` and 64 hex digits. */
  readonly sha256: string;
};

/** Everything that is known of one scan; `revision` rises with each change, and the highest one counts. */
export type ScanFacts = {
  readonly dataset: string;
  /** BIDS label without `sub-`. */
  readonly subject: string;
  /** BIDS label without `ses-`, or null where the subject has no sessions. */
  readonly session: string | null;
  /** Path of the data file; it names the scan within its dataset. */
  readonly path: string;
  readonly datatype: string;
  readonly suffix: string;
  /** With its dot, for example `.nii.gz`. */
  readonly extension: string;
  /** By the entity's key as it stands in file names (`sub`, `ses`, `run`), values as written. */
  readonly entities: Readonly<Record<string, string>>;
  /** Sidecars merged by the inheritance principle. */
  readonly metadata: JsonObject;
  /** The columns of `participants.tsv` for this subject, numbers as numbers, `n/a` as null. */
  readonly subjectAttributes: JsonObject;
  /** The columns of `sessions.tsv` for this session; `age` falls back to the subject's. */
  readonly sessionAttributes: JsonObject;
  /** The columns of `scans.tsv` for this scan, and of `samples.tsv` for its sample; absent where neither says anything. */
  readonly scanAttributes?: JsonObject;
  /** What the header of its image says (`dims`, `voxelSize` in mm, `repetitionTime` in s …); absent where none could be read. */
  readonly image?: JsonObject;
  readonly files: readonly FileFact[];
  readonly revision: number;
};

/** A file that something was made from, as it was then. */
export type Source = { readonly dataset: string; readonly path: string; readonly sha256: string };

/** The part of a Query that one task works on, by name: unused parts are null. */
export type SliceRef = {
  readonly level: Level;
  readonly dataset: string;
  readonly subject: string | null;
  readonly session: string | null;
  /** Path of the scan's data file. */
  readonly scan: string | null;
};

/** Everything that is known of one derivative that is in force. */
export type DerivativeFacts = {
  /** UUIDv7. */
  readonly id: string;
  readonly dataset: string;
  /** Relative to the dataset: `derivatives/<analysis>-<version>/sub-…`. */
  readonly path: string;
  readonly analysis: string;
  readonly version: string;
  /** Eight hex digits where the parameters differ from the defaults, else empty. */
  readonly parametersHash: string;
  readonly output: string;
  /** Key of the execution that made it. */
  readonly key: string;
  readonly slice: SliceRef;
  readonly entities: Readonly<Record<string, string>>;
  readonly datatype: string | null;
  readonly suffix: string;
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  /** The data files that it was made from, in the order of the inputs. */
  readonly sources: readonly Source[];
  readonly revision: number;
};

/** One slice with all that is in it. */
export type SliceFacts = {
  readonly slice: SliceRef;
  readonly scans: readonly ScanFacts[];
  readonly derivatives: readonly DerivativeFacts[];
};
