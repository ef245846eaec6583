import type { DatasetType, Ignore } from "@rollerblade/abids";
import type { ImportSummary } from "@rollerblade/client";
import type { Finding } from "@rollerblade/errors";

/**
 * How a dataset changes. `add`: by a list of all that its source has; what the source no longer has is kept. `mirror`:
 * the same, and what the source no longer has is removed. `upload`: by a few scans that somebody sends.
 */
export type Mode = "mirror" | "add" | "upload";

/** Who brought a file: an import may remove only what an import brought. */
export type FileOrigin = "import" | "upload";

/** Bytes at a path. */
export type FileContent = {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** `sha256:` and 64 hex digits. */
  readonly sha256: string;
  /** What the origin stated about it, for example an ETag. */
  readonly version?: string | null;
};

/** A file that the dataset has already. */
export type RecordedFile = FileContent & {
  readonly scan: string | null;
  readonly role: string;
  readonly origin: FileOrigin;
};

/** A file as it is to be recorded. */
export type PlannedFile = FileContent & {
  readonly folder: string;
  readonly scan: string | null;
  readonly role: string;
};

/** A scan whose own files changed, with all of them. */
export type PlannedScan = { readonly path: string; readonly files: readonly PlannedFile[] };

/** What is known before a plan is made: all of some folders. */
export type PlanInput = {
  readonly mode: Mode;
  readonly type: DatasetType;
  readonly ignore: Ignore;
  /** Files that are new or may have changed. */
  readonly manifest: readonly FileContent[];
  /** Paths that the source no longer has; only a mirror loses them. */
  readonly gone: ReadonlySet<string>;
  /** All files of the dataset in those folders. */
  readonly recorded: readonly RecordedFile[];
  /** What speaks against contents, by hash: as sidecars, or as content at all (a pointer of git-annex). */
  readonly faults: ReadonlyMap<string, string>;
  /** Of the folders above the manifest's files those that are files. */
  readonly notFolders: ReadonlySet<string>;
};

/** All that an import does to some folders of its dataset. */
export type Plan = {
  /** Files whose bytes are new at their path: to be copied. */
  readonly put: readonly PlannedFile[];
  /** Files to be recorded anew: those of `put`, and those that now belong to another scan. */
  readonly record: readonly PlannedFile[];
  /** Files that were written anew with the same bytes: the next import need not read them again. */
  readonly renew: readonly PlannedFile[];
  /** Paths of `put` that the dataset did not have, and those that it had with other bytes. */
  readonly addedPaths: readonly string[];
  readonly changedPaths: readonly string[];
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

/** A plan, and what is wrong: files that it leaves out, and contents that cannot be read. */
export type Planned = { readonly plan: Plan; readonly findings: readonly Finding[] };
