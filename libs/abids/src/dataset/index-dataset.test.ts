import { expect, test } from "vitest";
import { emptyTree } from "../testing/empty-tree.ts";
import { indexDataset } from "./index-dataset.ts";

const collisionsOf = (paths: readonly string[]): string[] =>
  [...indexDataset(emptyTree(["dataset_description.json", ...paths]))].flatMap(({ findings }) =>
    findings.filter(({ rule }) => rule === "case-collision").map(({ file, message }) => `${file}: ${message}`),
  );

test("names of one folder that differ by the case of letters only are an error each: folders, data and sidecars", () => {
  expect(
    collisionsOf([
      "sub-S1/func/sub-S1_task-Rest_bold.nii.gz",
      "sub-S1/func/sub-S1_task-Rest_bold.json",
      "sub-S1/func/sub-S1_task-rest_bold.nii.gz",
      "sub-S1/func/sub-S1_task-rest_bold.json",
      "sub-s1/anat/sub-s1_T1w.nii.gz",
    ]),
  ).toEqual([
    "sub-S1/func/sub-S1_task-rest_bold.nii.gz: differs from sub-S1_task-Rest_bold.nii.gz by the case of its letters only",
    "sub-S1/func/sub-S1_task-rest_bold.json: differs from sub-S1_task-Rest_bold.json by the case of its letters only",
    "sub-s1: differs from sub-S1 by the case of its letters only",
  ]);
});

test("equal names in different folders, and names that nobody judges, do not collide", () => {
  expect(collisionsOf(["sub-01/anat/sub-01_T1w.nii.gz", "sub-02/anat/sub-02_T1w.nii.gz"])).toEqual([]);
  expect(collisionsOf(["sourcedata/A/x", "sourcedata/a/x", ".git/A", ".git/a"])).toEqual([]);
});

test("a folder that counts as one file and has more files than an event can name is a finding", () => {
  const folder = "sub-01/micr/sub-01_sample-A_TEM.ome.zarr";
  const findings = (files: number) =>
    [
      ...indexDataset(
        emptyTree([
          "dataset_description.json",
          ...Array.from({ length: files }, (_, index) => `${folder}/${index % 9}/${index}`),
        ]),
        { tables: true },
      ),
    ].flatMap((file) => (file.path === folder ? file.findings.filter(({ rule }) => rule === "too-large") : []));
  expect(findings(3_000)).toMatchObject([
    {
      file: folder,
      severity: "error",
      message: "is a folder of more files than one scan can have; keep it as one file",
    },
  ]);
  expect(findings(1_000)).toEqual([]);
});
