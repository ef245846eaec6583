import { expect, test } from "vitest";
import { missingMetadata } from "./missing-metadata.ts";

test.for([
  ["sub-01/anat/sub-01_desc-brain_T1w.nii.gz", {}, ["SkullStripped"]],
  ["sub-01/anat/sub-01_desc-brain_T1w.nii.gz", { SkullStripped: true }, []],
  ["sub-01/anat/sub-01_desc-brain_mask.nii.gz", {}, []],
  ["sub-01/func/sub-01_task-rest_desc-preproc_bold.nii.gz", {}, ["SkullStripped"]],
] as const)("%s with %j misses %j", ([path, metadata, expected]) => {
  expect(missingMetadata(path, metadata).sort()).toEqual(expected);
});
