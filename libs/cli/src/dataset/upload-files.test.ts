import { expect, test } from "vitest";
import { readPlace } from "./upload-files.ts";

test.each([
  ["scan.nii.gz=sub-01/anat/sub-01_T1w.nii.gz", "scan.nii.gz", "sub-01/anat/sub-01_T1w.nii.gz"],
  ["a=b.nii.gz=sub-01/anat/sub-01_T1w.nii.gz", "a=b.nii.gz", "sub-01/anat/sub-01_T1w.nii.gz"],
  ["/data/ds/sub-01/anat/sub-01_T1w.json", "/data/ds/sub-01/anat/sub-01_T1w.json", "sub-01/anat/sub-01_T1w.json"],
  ["sub-01/ses-1/anat/x_T1w.nii.gz", "sub-01/ses-1/anat/x_T1w.nii.gz", "sub-01/ses-1/anat/x_T1w.nii.gz"],
])("%s names where a file lies and where it goes", (text, location, path) => {
  expect(readPlace(text)).toEqual({ location, path });
});

test("a file without a place is refused with what to write", () => {
  expect(() => readPlace("scan.nii.gz")).toThrow(
    expect.objectContaining({ next: expect.stringContaining("scan.nii.gz=sub-01") }),
  );
});
