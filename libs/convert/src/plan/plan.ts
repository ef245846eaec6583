import type { DatasetFinding, JsonObject } from "@rollerblade/abids";
import type { RemovalReason } from "../private/kept-metadata.ts";
import type { PrivateTexts } from "../private/private-texts.ts";
import type { SourceFile } from "../source/source-file.ts";
import type { Documents } from "./dataset-documents.ts";
import type { PlanFinding, PlannedImage } from "./planned-image.ts";

/** What becomes of one file of the source. Every file has an entry, and one only. */
export type PlanEntry = {
  readonly source: string;
  /** `converted` and `companion` have targets; of all others `reason` states why not. */
  readonly is: "converted" | "companion" | "table" | "ignored" | "not-chosen" | "unmatched" | "refused";
  /** Paths of images of the dataset; several where one series becomes several images. */
  readonly targets: readonly string[];
  readonly reason: string | null;
};

/** Something that de-identification takes out. The text itself is not here. */
export type Removal = {
  readonly target: string;
  readonly what: string;
  readonly reason: RemovalReason | "text in the header of the image";
};

/** An image with the small files beside it, ready to be written. */
export type PlannedWork = {
  readonly image: PlannedImage;
  /** Metadata that field maps add. */
  readonly linked: JsonObject;
  /** Sidecar as far as it is known before the conversion. */
  readonly sidecar: JsonObject;
  readonly texts: PrivateTexts;
  /** Gradients of loose images; those of series come with their conversion. */
  readonly bval: SourceFile | null;
  readonly bvec: SourceFile | null;
};

/** Everything that a conversion would do. */
export type Plan = {
  readonly entries: readonly PlanEntry[];
  readonly work: readonly PlannedWork[];
  readonly documents: Documents;
  readonly removals: readonly Removal[];
  /** What the plan itself found; an error keeps it from being carried out. */
  readonly findings: readonly PlanFinding[];
  /** What BIDS says of the planned dataset. */
  readonly judgement: readonly DatasetFinding[];
  /** Images whose header is judged once they are converted. */
  readonly unread: number;
};

/** How many files of a source became what. */
export const countEntries = (entries: readonly PlanEntry[]): Readonly<Record<PlanEntry["is"], number>> => {
  const counts = { converted: 0, companion: 0, table: 0, ignored: 0, "not-chosen": 0, unmatched: 0, refused: 0 };
  for (const { is } of entries) counts[is] += 1;
  return counts;
};
