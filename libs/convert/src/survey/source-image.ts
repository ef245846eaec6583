import type { JsonObject } from "@rollerblade/abids";
import type { ImageFiles, ImageLayout } from "../images/read-image.ts";
import type { SourceFile } from "../source/source-file.ts";

/** Small files beside a loose image that belong to it by name. */
export type Companions = {
  readonly sidecar: SourceFile | null;
  readonly bval: SourceFile | null;
  readonly bvec: SourceFile | null;
};

/** How an image is read when it is written: by ourselves, or by dcm2niix. */
export type Reading =
  | {
      readonly by: "header";
      readonly files: ImageFiles;
      readonly layout: ImageLayout | null;
      readonly companions: Companions;
    }
  /** `part`: which of the images that dcm2niix makes of these files. */
  | { readonly by: "dcm2niix"; readonly part: string };

/** One image of a source: a loose file, or what dcm2niix makes of a series. */
export type SourceImage = {
  /** Path of its first file, by which messages name it and patterns match it. */
  readonly path: string;
  /** Whether rules for series or rules for files speak of it. */
  readonly kind: "files" | "series";
  readonly files: readonly SourceFile[];
  readonly reading: Reading;
  /** Headers of DICOM, by keyword. */
  readonly series: JsonObject | null;
  readonly sidecar: JsonObject;
  /** Facts of the header that queries ask for. */
  readonly image: JsonObject | null;
  /** When it was acquired; texts of this form sort by time. */
  readonly acquired: string | null;
  /** Texts that name the person. */
  readonly texts: readonly string[];
  /** What makes it unfit to be converted, in words that follow on its name. */
  readonly faults: readonly string[];
};
