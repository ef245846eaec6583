import { expect, test } from "vitest";
import { indexDataset } from "../dataset/index-dataset.ts";
import { emptyTree } from "../testing/empty-tree.ts";

const rulesOf = (paths: readonly string[]): string[] =>
  [...indexDataset(emptyTree(["dataset_description.json", ...paths]), { tables: true })].flatMap(({ findings }) =>
    findings.map(({ rule }) => rule),
  );

test("one image with and without .gz breaks the schema's check, which asks for a path from the root", () => {
  const image = "sub-01/anat/sub-01_T1w.nii";
  expect(rulesOf([image, `${image}.gz`])).toContain("DUPLICATE_FILES");
  expect(rulesOf([`${image}.gz`])).not.toContain("DUPLICATE_FILES");
});
