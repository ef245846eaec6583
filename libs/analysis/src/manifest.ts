import type { JsonObject } from "@rollerblade/abids";
import type { Level } from "@rollerblade/abids/facts";

/** A raw file of the slice, found by its BIDS entities; its companions come with it. */
export type RawInput = {
  readonly kind: "raw";
  readonly name: string;
  /** One, or a list of which any will do. */
  readonly suffix: string | readonly string[];
  /** With its dot; one, or a list of which any will do. Example: `[.nii.gz, .nii]`. */
  readonly extension: string | readonly string[];
  readonly datatype: string | null;
  /** By the entity's key in file names; null asks for a file without that entity. */
  readonly entities: Readonly<Record<string, string | null>>;
  readonly many: boolean;
  /** False where the analysis also runs without it; absent otherwise, so that the keys of manifests without it are what they were. */
  readonly required?: false;
};

/** The output of another analysis. */
export type DerivativeInput = {
  readonly kind: "derivative";
  readonly name: string;
  readonly analysis: string;
  /** A semver range. */
  readonly version: string;
  readonly output: string;
  /**
   * What its name must say, for the files of a tree, which are many: `{suffix: bold, extension: .nii.gz, entities: {desc: preproc}}`. Each is
   * absent where nothing is asked of it, so that the keys of manifests without it are what they were.
   */
  readonly suffix?: string | readonly string[];
  readonly extension?: string | readonly string[];
  readonly datatype?: string;
  readonly entities?: Readonly<Record<string, string | null>>;
  /**
   * The tree of this analysis that the files lie in when the command starts, writable, under the paths that they have in the dataset of the
   * other one: a BIDS App's group level reads what its participant level wrote from the folder that it writes to. Absent otherwise.
   */
  readonly into?: string;
  /** The input whose very file it must have been made from, or null. */
  readonly of: string | null;
  readonly many: boolean;
  /** As in {@link RawInput}. */
  readonly required?: false;
};

/** Files that the dataset's `.bidsignore` names, which no BIDS entities find: lesion masks, CT images, notes. */
export type IgnoredInput = {
  readonly kind: "ignored";
  readonly name: string;
  /** Patterns as in `.bidsignore`; one, or a list. Example: `*_label-lesion_roi.nii.gz`. */
  readonly ignored: string | readonly string[];
  readonly many: boolean;
  /** As in {@link RawInput}. */
  readonly required?: false;
};

/** What an analysis asks for under one name. */
export type InputDeclaration = RawInput | DerivativeInput | IgnoredInput;

/** What an analysis writes under one name: a file, or a whole tree of them. */
export type OutputDeclaration = FileOutput | TreeOutput;

/** A file that an analysis writes. */
export type FileOutput = {
  readonly name: string;
  /** The name it is published by; begins with `{entities}`. */
  readonly template: string;
  readonly required: boolean;
  /**
   * Fields of its sidecar that the analysis knows beforehand, for example `{SkullStripped: true}`; absent where there are none, so that
   * the keys of manifests without them are what they were.
   */
  readonly metadata?: JsonObject;
  /**
   * `any` takes the file whatever it holds, even nothing. By default an empty file, and one that cannot be what its extension says,
   * fails the attempt; see `faultOfContent`. Absent where it is not declared, as `metadata` is.
   */
  readonly content?: "valid" | "any";
};

/**
 * A folder that an analysis writes, whose files are not known one by one beforehand. It is published as one derivative dataset, each file
 * under the path that it has in the folder.
 */
export type TreeOutput = {
  readonly name: string;
  readonly tree: TreePatterns;
  /** Always true: a tree that may be missing has no `must`. */
  readonly required: boolean;
};

/** Globs of gitignore(5), relative to the tree: `sub-{subject}/anat/sub-*_desc-preproc_T1w.nii.gz`. `{subject}` and `{session}` are the slice's labels. */
export type TreePatterns = {
  /** Each must match a file; of a list, one of its patterns. */
  readonly must: readonly (string | readonly string[])[];
  /** What else may be there. Absent: anything. */
  readonly may?: readonly string[];
  /** What fails the attempt. */
  readonly mustNot: readonly string[];
};

/**
 * Arguments of a command, with placeholders. A list among them is left out as a whole where one of its placeholders has no value:
 * `[--fs-license-file, "{param.license}"]`.
 */
export type CommandLine = readonly (string | readonly string[])[];

/** Files of no dataset that each attempt finds below `$ROLLERBLADE_IN/assets`: weights, a folder of templates, a licence. */
export type AssetUse = {
  /** The folder below `assets` that the files lie in, and the placeholder `{asset.NAME}`. */
  readonly name: string;
  readonly asset: string;
  readonly version: string;
  /**
   * What the version holds, see `assetHash`. It is filled in when the analysis is created, so that the key knows what was there; an
   * author who writes it down is refused any other content.
   */
  readonly sha256?: string;
};

/** What one execution may use. */
export type Resources = {
  /** Cores; may be a fraction. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes. */
  readonly disk: number;
  readonly gpu: number;
  /** Seconds. */
  readonly timeout: number;
};

/** What happens after a failed attempt. */
export type RetryPolicy = {
  /** Limit of attempts, the first one included. */
  readonly attempts: number;
  /** Factor on the memory after an attempt that ran out of it. */
  readonly memoryStep: number;
  /** Bytes; no attempt gets more. */
  readonly memoryMax: number;
};

/**
 * An analysis as its author declared it, with every default filled in. Inputs and outputs are lists, so that their
 * order survives any database; it is plain JSON, and {@link manifestFrom} reads it back.
 */
export type Manifest = {
  readonly name: string;
  /** A semver version without build metadata. */
  readonly version: string;
  readonly description: string;
  readonly image: string | null;
  /** What is started in the image in the place of its own entry point; absent where that one is. The arguments of `command` follow it. */
  readonly entrypoint?: readonly string[];
  /** Arguments for the image, with placeholders; null leaves the image's own. */
  readonly command: CommandLine | null;
  /** Arguments for the process executor, with placeholders. */
  readonly process: CommandLine | null;
  /**
   * Arguments that follow those of the command and never change what comes out: `[--nprocs, "{cpus}", --notrack]`. They are no part of the
   * key. Absent where there are none.
   */
  readonly neutral?: CommandLine;
  /** The tree that the command is started in; absent where it is started in the image's own folder, or that of the code. */
  readonly workingDirectory?: string;
  /**
   * Lockfile in the folder of the code that the process's environment is built from; absent where it names none, as older manifests.
   */
  readonly environment?: string;
  readonly level: Level;
  /** Whether inputs are staged under their neutral names or under those of BIDS. */
  readonly names: "neutral" | "bids";
  /** Whether inputs lie flat, or as the BIDS tree that an existing BIDS App expects. */
  readonly layout: "flat" | "bids";
  readonly inputs: readonly InputDeclaration[];
  /** Absent where it needs none, as in older manifests. */
  readonly assets?: readonly AssetUse[];
  /** Fields of the slice that the container is shown. */
  readonly reads: readonly string[];
  /** JSON Schema of the parameters. */
  readonly parameters: JsonObject;
  readonly resources: Resources;
  /**
   * Name of the network that it may reach, one of `ROLLERBLADE_SCHEDULER_NETWORKS`; absent where it reaches none, so that the keys of
   * manifests without it are what they were.
   */
  readonly network?: string;
  readonly outputs: readonly OutputDeclaration[];
  readonly retry: RetryPolicy;
  /**
   * Limit of executions of the analysis, all its versions together, that run at once anywhere: for a licence or a database. Absent where
   * there is none, as in older manifests.
   */
  readonly concurrency?: number;
};
