import type { BidsName } from "../bids-name.ts";
import type { Classified } from "../classify.ts";
import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { Place } from "../dataset-scope.ts";
import type { ImageFacts } from "../images/image-header.ts";
import type { JsonObject } from "../json.ts";
import { type LongEntities, longEntities, looseParts } from "../long-names.ts";

/**
 * What a file is: `valid` raw data or a file that BIDS names, `derivative` data of a derivative dataset, `associated`
 * with data (a companion or sidecar), `ignored`, `invalid` (not BIDS), or `missing` where BIDS requires one.
 */
export type FileClass = "valid" | "derivative" | "associated" | "ignored" | "invalid" | "missing";

/** One file of a dataset, or a folder that counts as one. */
export type IndexedFile = {
  /** Relative to the dataset that was looked at, also in nested ones. */
  readonly path: string;
  readonly class: FileClass;
  /** More about the class: `data`, `sidecar`, `participants`, `bidsignore`, `sourcedata` … */
  readonly kind: string;
  readonly entities: LongEntities;
  readonly datatype: string | null;
  readonly suffix: string | null;
  /** With its dot. */
  readonly extension: string | null;
  /** Merged from all sidecars that apply; of data files and of tables beside them. */
  readonly metadata?: JsonObject;
  /** The header of an image, where contents are read. */
  readonly image?: ImageFacts;
  /** Not BIDS: why, and the valid name that is nearest, where one is near. */
  readonly reason?: string;
  readonly nearest?: string | null;
  readonly findings: readonly DatasetFinding[];
};

/** The line of a file, by its class. `name`: what it is called, where BIDS can read that. */
export const describeFile = (
  is: Classified,
  name: BidsName | null,
  path: string,
  { base, isDerivative }: Place,
  more: Pick<IndexedFile, "metadata" | "image"> & { readonly findings?: readonly DatasetFinding[] } = {},
): IndexedFile => {
  const parts = name ?? looseParts(path);
  const full = base + path;
  const common = {
    path: full,
    entities: longEntities(parts),
    datatype: name?.datatype ?? null,
    suffix: parts.suffix || null,
    extension: parts.extension || null,
    findings: more.findings ?? [],
  };
  if (is.class === "invalid") {
    const nearest = is.nearest === null ? null : base + is.nearest;
    const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
    const wrong = finding(is.rule, full, `${is.reason}${hint}`);
    return {
      ...common,
      class: "invalid",
      kind: is.rule,
      reason: is.reason,
      nearest,
      findings: [...common.findings, wrong],
    };
  }
  const { metadata, image } = more;
  return {
    ...common,
    ...(metadata !== undefined && { metadata }),
    ...(image !== undefined && { image }),
    ...classOf(is, isDerivative),
  };
};

const classOf = (
  is: Exclude<Classified, { class: "invalid" }>,
  isDerivative: boolean,
): { class: FileClass; kind: string } => {
  if (is.class === "data") return { class: isDerivative ? "derivative" : "valid", kind: "data" };
  if (is.class === "companion") return { class: "associated", kind: "companion" };
  if (is.class === "ignored") return { class: "ignored", kind: is.because };
  if (is.class === "derivative") return { class: "ignored", kind: "derivatives" };
  if (is.kind === "sidecar") return { class: "associated", kind: "sidecar" };
  const isOpaque = is.kind === "document" && is.path.includes("/");
  return isOpaque ? { class: "ignored", kind: topOf(is.path) } : { class: "valid", kind: is.kind };
};

const topOf = (path: string): string => path.slice(0, path.indexOf("/"));
