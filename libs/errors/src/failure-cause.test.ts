import { expect, test } from "vitest";
import { causeOf } from "./failure-cause.ts";

test.each([
  [
    "numbers, paths and attempts",
    "exit code 1: cannot read /scratch/0192f0c1/in/t1w.nii.gz: 12 bytes (after 3 attempts)",
    "exit code 1: cannot read /scratch/77aa/in/t1w.nii.gz: 9012 bytes (after 2 attempts)",
  ],
  [
    "UUIDs and addresses",
    "no such thing 0192f0c1-aaaa-7bbb-8ccc-0123456789ab at 0x7ffee3",
    "no such thing 0192f0c1-dddd-7bbb-8ccc-0123456789ab at 0x1",
  ],
  ["names of slices", "sub-01_ses-2_T1w.nii.gz has no affine", "sub-pilot_T1w.nii.gz has no affine"],
  ["subjects", "there is no age for sub-01", "there is no age for sub-control7"],
  ["quoted paths of Windows", "cannot open 'C:\\data\\a.nii'", "cannot open 'D:\\x\\b.nii'"],
  ["decimals", "tSNR is 12.5, below 20", "tSNR is 8, below 20"],
])("%s do not tell failures apart", (_, one, other) => {
  expect(causeOf(one)).toBe(causeOf(other));
});

test.each([
  ["No module named 'numpy'", "No module named 'nibabel'"],
  ["exit code 1: Traceback: KeyError: 'age'", "exit code 1: Traceback: KeyError: 'sex'"],
  ["took longer than 5 s", "ran out of memory: it used more than 300Mi"],
  ["cannot read /a/b.nii.gz", "cannot write /a/b.nii.gz"],
])("%s and %s are two causes", (one, other) => {
  expect(causeOf(one)).not.toBe(causeOf(other));
});
