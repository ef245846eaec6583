import type { JsonObject } from "@rollerblade/abids";
import type { Position } from "@rollerblade/analysis";
import type { Tag } from "./tag.ts";

/** Scans by their BIDS entities, suffix, extension and datatype: every key must hold one of its values. */
export type ScanPattern = { readonly kind: "scan"; readonly fields: Readonly<Record<string, readonly string[]>> };

/** Outputs of an analysis; without `output`, every one of them. */
export type DerivativePattern = {
  readonly kind: "derivative";
  readonly analysis: string;
  readonly output: string | null;
};

/** What a rule looks at. */
export type Trigger = ScanPattern | DerivativePattern;

/** The levels that a join can group by. */
export type GroupLevel = "session" | "subject" | "dataset";

/** When a group is ready: see the reference of the document. `quiet` is in milliseconds. */
export type Completeness =
  | { readonly kind: "all" }
  | { readonly kind: "settled" }
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "quiet"; readonly quiet: number };

/** One kind of output that a join collects. */
export type Need = { readonly analysis: string; readonly output: string };

/** What a rule waits for before it runs over a whole group. */
export type Join = {
  readonly by: GroupLevel;
  readonly need: readonly Need[];
  readonly complete: Completeness;
  /** A group starts at most once within so many milliseconds; null where each change starts it. */
  readonly every: number | null;
};

/** The analysis that a rule starts; `version` is a semver range until the document is locked. */
export type RuleRun = { readonly analysis: string; readonly version: string; readonly parameters: JsonObject };

/** The text of a `when` and where it begins in the document. */
export type When = { readonly source: string; readonly position: Position };

/** One rule: what it looks at, under which condition, and what it starts. */
export type Rule = {
  readonly name: string;
  readonly position: Position;
  readonly on: Trigger;
  readonly when: When | null;
  readonly join: Join | null;
  readonly run: RuleRun;
};

/** A pipeline document as it was written, checked as far as the text alone allows. */
export type PipelineDocument = {
  /** Given by who loads it (a file's or ConfigMap's name), never by the text. */
  readonly name: string;
  /** The text as it was written. */
  readonly source: string;
  /** Names of datasets, or patterns with `*` and `?`. */
  readonly datasets: readonly string[];
  /** By the name of an analysis, the range of its versions whose results count beside those of the version that is locked. */
  readonly accept: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
  /** In the order in which they are shown. */
  readonly tags: readonly Tag[];
};
