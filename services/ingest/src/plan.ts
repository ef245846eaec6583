import type { DatasetType, Ignore } from "@rollerblade/abids";
import type { ImportSummary } from "@rollerblade/client";
import type { Finding } from "@rollerblade/errors";

/** `mirror`: afterwards the dataset is what the manifest says. `add`: what is not mentioned stays. */
export type Mode = "mirror" | "add";

/** Bytes at a path. */
export type FileContent = {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** `sha256:` and 64 hex digits. */
  readonly sha256: string;
};

/** A file that the dataset has already. */
export type RecordedFile = FileContent & { readonly scan: string | null; readonly role: string; readonly origin: Mode };

/** A file as it is to be recorded. */
export type PlannedFile = FileContent & {
  readonly folder: string;
  readonly scan: string | null;
  readonly role: string;
};

/** A scan whose own files changed, with all of them. */
export type PlannedScan = { readonly path: string; readonly files: readonly PlannedFile[] };

/** What is known before a plan is made. */
export type PlanInput = {
  readonly mode: Mode;
  readonly type: DatasetType;
  readonly ignore: Ignore;
  readonly manifest: readonly FileContent[];
  /** `mirror`: all files of the dataset. `add`: those in the folders of the manifest's files. */
  readonly recorded: readonly RecordedFile[];
  /** What speaks against contents as sidecars, by hash. */
  readonly faults: ReadonlyMap<string, string>;
  /** Whether the dataset has a description already, or one is made for it. */
  readonly hasDescription: boolean;
};

/** All that an import does to its dataset. */
export type Plan = {
  /** Files whose bytes are new at their path: to be copied. */
  readonly put: readonly PlannedFile[];
  /** Files to be recorded anew: those of `put`, and those that now belong to another scan. */
  readonly record: readonly PlannedFile[];
  /** Paths that the dataset loses. */
  readonly remove: readonly string[];
  readonly scansUploaded: readonly PlannedScan[];
  /** Paths of data files. */
  readonly scansRemoved: readonly string[];
  /** New or changed files that speak of other files. */
  readonly metadata: readonly PlannedFile[];
  /** Removed files that were no scan's data file. */
  readonly metadataRemoved: readonly string[];
  /** How many of each came, changed, went and stayed. */
  readonly scans: ImportSummary["scans"];
  readonly files: ImportSummary["files"];
  /** How many files of the manifest took no part, by reason. */
  readonly skipped: ImportSummary["skipped"];
};

/** A plan, or everything that speaks against it. */
export type Planned =
  | { readonly accepted: true; readonly plan: Plan }
  | { readonly accepted: false; readonly findings: readonly Finding[] };
