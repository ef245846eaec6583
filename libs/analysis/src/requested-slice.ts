import type { JsonObject } from "@rollerblade/abids";
import type { SliceRef } from "@rollerblade/abids/facts";

/**
 * A file that goes with an input. A `.json` companion is not the file on disk but the merged metadata, which is what
 * the container receives; every other one is an object.
 */
export type ResolvedCompanion =
  | { readonly role: string; readonly kind: "metadata"; readonly metadata: JsonObject }
  | {
      readonly role: string;
      readonly kind: "file";
      readonly path: string;
      readonly size: number;
      readonly sha256: string;
    };

/** One file that was found for an input, with its companions and the declared `reads` of what it belongs to. */
export type ResolvedMember = {
  readonly dataset: string;
  readonly path: string;
  /** With its dot. */
  readonly extension: string;
  readonly size: number;
  readonly sha256: string;
  readonly companions: readonly ResolvedCompanion[];
  /** The fields declared under `reads`, for the scan, session and subject of this file; absent is null. */
  readonly reads: JsonObject;
};

/** What an input of the manifest received: exactly one member, or any number in bytewise order of path with `many`. */
export type ResolvedInput = {
  readonly name: string;
  readonly many: boolean;
  readonly members: readonly ResolvedMember[];
};

/** A member that a group expected and did not get: of which part of the dataset, and why. */
export type MissingMember = {
  readonly analysis: string;
  readonly output: string;
  readonly subject: string | null;
  readonly session: string | null;
  /** Path of the scan's data file. */
  readonly scan: string | null;
  /** `failed`, `ambiguous`, `unknown` or `stuck`. */
  readonly why: string;
};

/**
 * A slice with all inputs that an execution needs. Whoever requests it resolves them once, and the scheduler never
 * looks anything up again: so a request means the same however late it is run.
 */
export type RequestedSlice = {
  readonly slice: SliceRef;
  readonly inputs: readonly ResolvedInput[];
  /**
   * BIDS entities for `{entities}` in output names: the scan's, the session's and subject's, the subject's, or none.
   */
  readonly entities: Readonly<Record<string, string>>;
  /** Folder of the outputs below the entities: the first raw input's datatype, or null at dataset level. */
  readonly datatype: string | null;
  /** The members that a group started without; absent where none is missing. */
  readonly missing?: readonly MissingMember[] | undefined;
};
