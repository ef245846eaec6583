import type { Json, JsonObject } from "@rollerblade/abids";

const images = [".nii.gz", ".nii"];

/** The scans that BIDS Apps for MRI read. */
export const bidsInputs: JsonObject = {
  anat: { suffix: ["T1w", "T2w", "FLAIR"], extension: images, many: true, required: false },
  func: { suffix: ["bold", "sbref"], extension: images, many: true, required: false },
  dwi: { suffix: "dwi", extension: images, many: true, required: false },
  fmap: {
    suffix: ["epi", "phasediff", "phase1", "phase2", "magnitude", "magnitude1", "magnitude2", "fieldmap"],
    extension: images,
    datatype: "fmap",
    many: true,
    required: false,
  },
};

/** The folder that an app writes to. Apps of nipreps write what went wrong as `crash-…txt`, some with exit code 0. */
export const derivativesOf = (must: Json): JsonObject => ({
  derivatives: { tree: { must, mustNot: ["**/crash-*.txt"] } },
});
