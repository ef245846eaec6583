import { expect, test } from "vitest";
import { mayGoWith, readIgnoredPath } from "./ignored-file.ts";

const scan = (entities: Readonly<Record<string, string>>, session: string | null = null) => ({
  subject: "01",
  session,
  entities: { sub: "01", ...entities },
});

test.for([
  ["sub-01/anat/sub-01_T1w_label-lesion_roi.nii.gz", { sub: "01", label: "lesion" }, null, ".nii.gz"],
  ["sub-01/ses-a/ct/sub-01_ses-a_ct.nii.gz", { sub: "01", ses: "a" }, "a", ".nii.gz"],
  ["sub-01/sub-01.html", { sub: "01" }, null, ".html"],
  ["sub-01/extra/sub-01_notes", { sub: "01" }, null, ""],
] as const)("%s is read as far as its name tells", ([path, entities, session, extension]) => {
  expect(readIgnoredPath(path)).toEqual({ subject: "01", session, entities, extension });
});

test.for([
  "extra/sub-01_ct.nii.gz",
  "sub-01/surf/lh.white",
  "sub-01/anat/sub-02_T1w.nii.gz",
  "sub-01/sub-011_ct.nii.gz",
])("%s goes with no scan", (path) => {
  expect(readIgnoredPath(path)).toBeNull();
});

test.for([
  ["sub-01/anat/sub-01_T1w_label-lesion_roi.nii.gz", scan({}), true],
  ["sub-01/ct/sub-01_ct.nii.gz", scan({ run: "02" }, "a"), true],
  ["sub-01/anat/sub-01_run-1_lesion.nii.gz", scan({ run: "01" }), true],
  ["sub-01/anat/sub-01_run-1_lesion.nii.gz", scan({ run: "2" }), false],
  ["sub-01/ses-a/anat/sub-01_ses-a_lesion.nii.gz", scan({ ses: "b" }, "b"), false],
  ["sub-01/ses-a/anat/sub-01_ses-a_lesion.nii.gz", scan({}), false],
] as const)("%s beside a scan", ([path, of, expected]) => {
  const file = readIgnoredPath(path);
  expect(file !== null && mayGoWith(file, of)).toBe(expected);
});
