import { expect, test } from "vitest";
import { indexDataset } from "../dataset/index-dataset.ts";
import type { DatasetTree } from "../dataset-tree.ts";

/** A dataset of empty files, by their paths. */
const treeOf = (paths: readonly string[]): DatasetTree => ({
  list: (folder) => {
    const prefix = folder === "" ? "" : `${folder}/`;
    const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split("/"));
    const kinds = new Map(below.map(([name = "", ...rest]) => [name, rest.length > 0] as const));
    return [...kinds].map(([name, isFolder]) => ({ name, kind: isFolder ? "folder" : "file" }));
  },
  read: () => ({ ok: true, bytes: new Uint8Array() }),
  head: () => ({ ok: true, bytes: new Uint8Array(), size: 0 }),
  has: (path) => paths.some((one) => one === path || one.startsWith(`${path}/`)),
});

const rulesOf = (paths: readonly string[]): string[] =>
  [...indexDataset(treeOf(["dataset_description.json", ...paths]), { tables: true })].flatMap(({ findings }) =>
    findings.map(({ rule }) => rule),
  );

test("one image with and without .gz breaks the schema's check, which asks for a path from the root", () => {
  const image = "sub-01/anat/sub-01_T1w.nii";
  expect(rulesOf([image, `${image}.gz`])).toContain("DUPLICATE_FILES");
  expect(rulesOf([`${image}.gz`])).not.toContain("DUPLICATE_FILES");
});
