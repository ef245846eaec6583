import { expect, test } from "vitest";
import { inCopyOrder } from "./copy-objects.ts";

test("the description is copied first, then what lies at the root, then the files of one scan after the other", () => {
  const paths = [
    "sub-02/dwi/sub-02_dwi.nii.gz",
    "participants.tsv",
    "sub-01/dwi/sub-01_dwi.nii.gz",
    "sub-02/dwi/sub-02_dwi.bval",
    "dataset_description.json",
    "sub-01/dwi/sub-01_dwi.bval",
    "README",
  ];
  expect(inCopyOrder(paths)).toEqual([
    ["dataset_description.json"],
    ["participants.tsv", "README"],
    [
      "sub-01/dwi/sub-01_dwi.bval",
      "sub-01/dwi/sub-01_dwi.nii.gz",
      "sub-02/dwi/sub-02_dwi.bval",
      "sub-02/dwi/sub-02_dwi.nii.gz",
    ],
  ]);
});
