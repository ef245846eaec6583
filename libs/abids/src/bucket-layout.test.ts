import { expect, test } from "vitest";
import * as layout from "./bucket-layout.ts";

const id = "01890a5d-ac96-774b-bcce-b302099a8057";
const other = "01890a5d-ac96-774b-bcce-b302099a8058";
const pod = { execution: id, attempt: other, pod: "01890a5d-ac96-774b-bcce-b302099a8059" };
const sha256 = `sha256:${"ab".repeat(32)}`;

test.each([
  [layout.datasetKey("ds1", "sub-01/anat/sub-01_T1w.nii.gz"), "datasets/ds1/sub-01/anat/sub-01_T1w.nii.gz"],
  [layout.datasetPrefix("ds1"), "datasets/ds1/"],
  [layout.datasetPrefix("ds1", "sub-01"), "datasets/ds1/sub-01/"],
  [layout.archiveKey("ds1", sha256), `archive/ds1/${"ab".repeat(32)}`],
  [layout.importContentKey(id, sha256), `staging/imports/${id}/${"ab".repeat(32)}`],
  [layout.importPartKey(id, "part", 3), `staging/imports/${id}/part-3`],
  [layout.importPartKey(id, "pack", other), `staging/imports/${id}/pack-${other}`],
  [layout.importDescriptionKey(id), `staging/imports/${id}/description`],
  [layout.executionPrefix(id), `staging/${id}/`],
  [layout.attemptPrefix(id, other), `staging/${id}/${other}/`],
  [layout.podOutputKey(pod, "mask.nii.gz"), `staging/${id}/${other}/01890a5d-ac96-774b-bcce-b302099a8059/mask.nii.gz`],
  [layout.podReportKey(pod), `staging/${id}/${other}/01890a5d-ac96-774b-bcce-b302099a8059.json`],
  [layout.sliceBodyKey(id, 2), `staging/slices/${id}-2.json`],
  [layout.referenceKey(id), `references/${id}.json`],
  [layout.logKey(id, 1), `logs/${id}/1.txt`],
  [layout.mountKey("ds1"), "mounts/ds1.json"],
  [layout.probeKey("x"), "staging/doctor/x"],
])("a key is laid out as %s", (key, expected) => {
  expect(key).toBe(expected);
});

test.each([
  ["datasets/ds1/a.json", { dataset: "ds1", path: "a.json" }],
  ["datasets/ds1/derivatives/x-1.0.0/a\nb", { dataset: "ds1", path: "derivatives/x-1.0.0/a\nb" }],
  ["datasets/ds1", null],
  ["datasets/ds1/", null],
  ["datasets//a", null],
  ["archive/ds1/a", null],
  ["x/datasets/ds1/a", null],
])("the dataset and path of %j", (key, expected) => {
  expect(layout.parseDatasetKey(key)).toEqual(expected);
});

test.each([
  [layout.sliceBodyKey(id, 12), { decision: id, round: 12 }],
  [`staging/slices/${id}.json`, null],
  [`staging/slices/x/${id}-1.json`, null],
  [`references/${id}.json`, null],
])("the decision of %j", (key, expected) => {
  expect(layout.parseSliceBodyKey(key)).toEqual(expected);
});

test.each([
  [layout.referenceKey(id), id],
  ["references/../datasets/ds1/secret.json", null],
  [`references/${id}.json/x`, null],
  [`datasets/ds1/references/${id}.json`, null],
])("the task of %j", (key, expected) => {
  expect(layout.taskOfReferenceKey(key)).toBe(expected);
});

test.each([
  [layout.podOutputKey(pod, "a"), id],
  [layout.sliceBodyKey(id, 1), null],
  [layout.importContentKey(id, sha256), null],
  [layout.logKey(id, 1), null],
])("the execution of %j", (key, expected) => {
  expect(layout.executionOfKey(key)).toBe(expected);
});

test.each([
  [layout.podOutputKey(pod, "a"), layout.podReportKey(pod)],
  [layout.podOutputKey(pod, "tree/a/b"), layout.podReportKey(pod)],
  [`${layout.attemptPrefix(id, other)}tree/a/b`, null],
  [`${layout.attemptPrefix(id, other)}a`, null],
])("the report beside %j", (key, expected) => {
  expect(layout.reportKeyBeside(key)).toBe(expected);
});
