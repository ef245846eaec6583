import type { Json, JsonObject } from "@rollerblade/abids";
import type { Column, Expression, QueryFacts } from "@rollerblade/query";
import type { WrittenColumn } from "./mapping-schema.ts";
import type { PathPattern } from "./path-pattern.ts";
import type { Template } from "./template.ts";

/** Where the images of a rule come from: files by their path, or series of DICOM by the path of their first file. */
export type RuleSource = { readonly kind: "files" | "series"; readonly pattern: PathPattern };

/** A JSON value whose texts may be templates. */
export type MetadataTemplate = (facts: QueryFacts) => Json;

/** One kind of images, checked and compiled. */
export type ImageRule = {
  /** As messages name it: its own name, or its place in the list. */
  readonly name: string;
  readonly source: RuleSource;
  readonly where: Expression | null;
  readonly suffix: Template;
  /** Null where the suffix alone decides. */
  readonly datatype: Template | null;
  readonly entities: Readonly<Record<string, Template>>;
  readonly subject: Template;
  readonly session: Template | null;
  /** Whether visits are numbered in the order of their sessions, since these are dates. */
  readonly isNumbered: boolean;
  /** `acquisition`: runs are numbered by the time of acquisition, where there are several. */
  readonly run: "acquisition" | Template | null;
  /** Three-dimensional images become the volumes of one, in this order. */
  readonly join: Column | null;
  readonly choose: { readonly by: Column; readonly best: "highest" | "lowest" } | null;
  readonly metadata: Readonly<Record<string, MetadataTemplate>>;
  /** Paths of b-values and b-vectors that hold for all images of the rule. */
  readonly bval: string | null;
  readonly bvec: string | null;
  /** Where the axes of an image without any orientation point to. */
  readonly orientation: string | null;
};

/** Files or series that are left out on purpose. */
export type IgnoreRule = {
  readonly source: RuleSource;
  readonly where: Expression | null;
  readonly reason: string;
};

/** A column that holds the label of a subject or session, or a part of it. */
export type KeyOfRow = {
  readonly column: string;
  readonly as: PathPattern | null;
  readonly digits: number;
  readonly prefix: string;
};

/** A table of the source. */
export type SourceTable = {
  readonly name: string;
  readonly file: PathPattern;
  readonly sheet: string | null;
  readonly subject: KeyOfRow;
  readonly session: KeyOfRow | null;
  readonly nearest: { readonly date: string; readonly withinDays: number } | null;
  readonly where: Expression | null;
  /** Cells that mean that nothing is known. */
  readonly missing: ReadonlySet<string>;
};

/** A column of a table of the dataset. */
export type TargetColumn = Omit<WrittenColumn, "value" | "table" | "missing"> & {
  readonly name: string;
  readonly table: string | null;
  readonly value: Template | null;
  readonly missing: ReadonlySet<string>;
};

/** A table in `phenotype/`. */
export type PhenotypeTable = {
  readonly name: string;
  readonly description: string | null;
  readonly perSession: boolean;
  readonly columns: readonly TargetColumn[];
};

/** Which images are field maps, and of what. */
export type FieldmapRule = {
  readonly fieldmap: Expression;
  readonly for: Expression;
  readonly match: "nearest" | "all";
  readonly same: { readonly fieldmap: Template; readonly for: Template } | null;
};

/** A mapping from a source to a BIDS dataset, checked and compiled. */
export type Mapping = {
  readonly description: JsonObject;
  readonly readme: string | null;
  readonly labels: "kept" | "keyed";
  readonly dates: "drop" | "shift";
  readonly keep: ReadonlySet<string>;
  readonly tables: readonly SourceTable[];
  readonly images: readonly ImageRule[];
  readonly ignore: readonly IgnoreRule[];
  readonly participants: readonly TargetColumn[];
  readonly sessions: { readonly date: Template | null; readonly columns: readonly TargetColumn[] } | null;
  readonly phenotype: readonly PhenotypeTable[];
  readonly fieldmaps: readonly FieldmapRule[];
  readonly unmatched: "error" | "report";
};
