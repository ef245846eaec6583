import { describe, expect, test } from "vitest";
import { readBidsIgnore } from "./bids-ignore.ts";
import { classify } from "./classify.ts";

describe("what a file is to its dataset", () => {
  test.each([
    ["sub-01/anat/sub-01_T1w.nii.gz", "data"],
    ["sub-01/anat/sub-01_T1w.json", "companion"],
    ["sub-01/dwi/sub-01_dwi.bval", "companion"],
    ["sub-01/func/sub-01_task-x_events.tsv", "companion"],
    ["sub-01/meg/sub-01_task-x_meg.ds/x.meg4", "data"],
    ["sub-01/meg/sub-01_task-x_meg/c,rfDC", "data"],
    ["sub-01/meg/sub-01_acq-crosstalk_meg.fif", "companion"],
    ["sub-01/micr/sub-01_sample-A_TEM.ome.zarr/0/.zattrs", "data"],
    ["sub-01/micr/sub-01_sample-A_TEM.ome.zarr/0/0", "data"],
    ["sub-01/eeg/sub-01_task-x_eeg.vhdr", "data"],
    ["sub-01/eeg/sub-01_task-x_eeg.vmrk", "companion"],
    ["T1w.json", "metadata sidecar"],
    ["sub-01/sub-01_task-x_bold.json", "metadata sidecar"],
    ["dwi.bval", "metadata sidecar"],
    ["participants.tsv", "metadata participants"],
    ["sub-01/sub-01_sessions.tsv", "metadata sessions"],
    ["sessions.json", "metadata sessions"],
    ["sub-01/ses-1/sub-01_ses-1_scans.tsv", "metadata scans"],
    ["phenotype/wisc.tsv", "metadata phenotype"],
    ["dataset_description.json", "metadata description"],
    ["README.md", "metadata document"],
    [".bidsignore", "metadata document"],
    ["code/run.sh", "metadata document"],
    ["derivatives/fmriprep/sub-01/anat/sub-01_T1w.nii.gz", "derivative"],
    ["sourcedata/x.dcm", "ignored"],
    [".git/config", "ignored"],
    ["sub-01/.DS_Store", "ignored"],
    ["notes/x.txt", "ignored"],
  ])("%s: %s", (path, expected) => {
    const found = classify(path, { ignore: readBidsIgnore("notes/\n") });
    expect(found.class === "metadata" ? `${found.class} ${found.kind}` : found.class).toBe(expected);
  });

  test.each([
    ["sub-01/anat/sub-01_t1w.nii.gz", "no suffix t1w", "sub-01/anat/sub-01_T1w.nii.gz"],
    ["sub-01/anat/sub-01_T1w.mgz", "have the extension .nii.gz, .nii or .json", null],
    ["sub-01/func/sub-01_T1w.nii.gz", "T1w belongs into anat", "sub-01/anat/sub-01_T1w.nii.gz"],
    ["sub-01/func/sub-01_bold.nii.gz", "task is required", null],
    ["sub-01/anat/sub-01_dir-AP_T1w.nii.gz", "dir is not allowed", null],
    ["sub-01/func/sub-01_run-1_task-rest_bold.nii.gz", "too late", "sub-01/func/sub-01_task-rest_run-1_bold.nii.gz"],
    ["sub-01/anat/sub-01_acquisition-hi_T1w.nii.gz", "not an entity", "sub-01/anat/sub-01_acq-hi_T1w.nii.gz"],
    ["sub-01/anat/sub-01_acq-hi_res_T1w.nii.gz", "not an entity", "sub-01/anat/sub-01_acq-hi_T1w.nii.gz"],
    ["sub-01/anat/scan.nii.gz", "lies in sub-01", null],
    ["a/../b", 'the segment ".."', null],
    ["a\nb", "control character", null],
    ["a\0b", "control character", null],
    ["/etc/passwd", "absolute", null],
    ["x".repeat(4096), "longer than", null],
    ["sub-01/anat/sub-01_T1w🧠.nii.gz", "suffix", "sub-01/anat/sub-01_T1w.nii.gz"],
    ["dicoms/1.dcm", "is DICOM, which BIDS keeps in sourcedata/ only", null],
    ["sub-01/anat/MR0001.IMA", "is DICOM", null],
    ["sub-01/DICOMDIR", "is DICOM", null],
  ])("%j is not BIDS", (path, reason, nearest) => {
    expect(classify(path)).toMatchObject({ class: "invalid", reason: expect.stringContaining(reason), nearest });
  });

  test.each([
    ["a copy beside its file", "sub-12/anat/sub-12_T1w (1).nii.gz", "sub-12/anat/sub-12_T1w.nii.gz"],
    ["letters that make it another person's", "sub-1_2/anat/sub-1_2_T1w.nii.gz", "sub-12"],
    ["a name that is taken", "sub-12/anat/sub-12_run-1a_T1w.nii.gz", "sub-12/anat/sub-12_T1w.nii.gz"],
  ])("%s has no nearest name where that is there", (_, path, there) => {
    const nearest = (has: (path: string) => boolean) => {
      const is = classify(path, { has });
      return is.class === "invalid" ? is.nearest : "valid";
    };
    expect(nearest((one) => one === there)).toBeNull();
    expect(nearest(() => false)).toBe("sub-12/anat/sub-12_T1w.nii.gz");
  });

  test("a misplaced file of a person who is there has its nearest name", () => {
    const has = (path: string): boolean => path === "sub-01";
    expect(classify("sub-01_T1w.nii.gz", { has })).toMatchObject({ nearest: "sub-01/anat/sub-01_T1w.nii.gz" });
    expect(classify("SUB-01/anat/SUB-01_T1w.nii.gz", { has })).toMatchObject({
      nearest: "sub-01/anat/sub-01_T1w.nii.gz",
    });
  });

  test("a derivative dataset may have names of its own", () => {
    const path = "sub-01/anat/sub-01_desc-brain_mask.nii.gz";
    expect([classify(path).class, classify(path, { type: "derivative" }).class]).toEqual(["invalid", "data"]);
  });
});

describe(".bidsignore", () => {
  test.each([
    ["*.html", "a/b.html", true],
    ["/a.html", "b/a.html", false],
    ["logs/", "logs/x", true],
    ["logs/", "logs", false],
    ["a/**/z", "a/b/c/z", true],
    ["*_x?.[jt]son", "q_x1.json", true],
    ["*\n!keep.txt", "keep.txt", false],
    ["# comment\n\n", "# comment", false],
    [`${"*a".repeat(200)}b`, "a".repeat(800), false],
  ])("%j over %s", (text, path, expected) => {
    expect(readBidsIgnore(text)(path)).toBe(expected);
  });
});

test.each([
  ["sub-01/micr/sub-01_sample-A_SPIM.ome.zarr/.zattrs", "data"],
  ["sub-01/micr/sub-01_sample-A_SPIM.ome.zarr/0/.zarray", "data"],
  ["sub-01/meg/sub-01_task-rest_meg.ds/.hidden/x", "data"],
  ["sub-01/micr/.git/x.zarr/.zattrs", "ignored"],
  ["sub-01/anat/.DS_Store", "ignored"],
])("%s is %s: in a folder that counts as one file no name is hidden", (path, expected) => {
  expect(classify(path).class).toBe(expected);
});
