import type { DatasetContext } from "./classify.ts";
import type { DatasetTree } from "./dataset-tree.ts";
import type { GrowingInheritance } from "./inheritance.ts";
import type { JsonObject } from "./json.ts";
import type { AssociatedFiles } from "./schema-rules/associated-files.ts";

/** Where a file stands: the folder of its nested dataset with a closing slash, or empty; and what that dataset is. */
export type Place = { readonly base: string; readonly isDerivative: boolean };

/**
 * One dataset while it is walked through: what names are judged by, and the sidecars of the folders from its root to
 * here.
 */
export type Scope = {
  readonly tree: DatasetTree;
  readonly place: Place;
  readonly context: DatasetContext;
  readonly inheritance: GrowingInheritance;
  /** Content of the sidecars that the index holds, by path in this dataset. */
  readonly contents: Map<string, JsonObject>;
  /** Sidecars that some file has inherited from. */
  readonly used: Set<string>;
  /** Labels of subjects with a folder. */
  readonly subjects: Set<string>;
  readonly description: JsonObject | null;
  /** Files that others are judged with, from the root to here. */
  readonly files: AssociatedFiles;
  /** Datatypes with data, and their modalities. */
  readonly datatypes: Map<string, string>;
  /** Findings that are reported once for all files that share them. */
  readonly reported: Set<string>;
  /** Metadata fields that were judged, by their sidecar. */
  readonly judged: Map<string, Set<string>>;
  /** `dataset` of the schema's language. */
  readonly views: { readonly root: object; readonly below: object };
};
