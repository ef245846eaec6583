import { expect, test } from "vitest";
import { ignorePatterns } from "./bids-ignore.ts";
import { datasetDescription } from "./derivative-documents.ts";
import type { Manifest } from "./manifest.ts";
import { manifestFrom } from "./manifest-from.ts";
import { faultOfContents, faultOfOutputs, publishedNameOf } from "./published-path.ts";
import { isSharedFile } from "./tree-output.ts";

const withTree = (tree: object, more: object = {}): Manifest =>
  manifestFrom({
    name: "prep",
    version: "1.0.0",
    image: "prep",
    level: "subject",
    layout: "bids",
    inputs: { t1w: { suffix: "T1w", extension: ".nii.gz", many: true } },
    outputs: { derivatives: { tree } },
    ...more,
  });

const labels = { sub: "01", ses: "a" };
const report = "derivatives/sub-01.html";
const image = "derivatives/sub-01/ses-a/anat/sub-01_ses-a_desc-preproc_T1w.nii.gz";
const must = ["sub-{subject}.html", "sub-{subject}/ses-{session}/anat/*_desc-preproc_T1w.nii.gz"];

test.each<[string, object, string[], string | undefined]>([
  ["all that must be there", { must }, [report, image], undefined],
  [
    "nothing at all",
    { must },
    [],
    `the tree derivatives has no sub-01.html; the tree derivatives has no ${must[1]?.replace("{subject}", "01").replace("{session}", "a")}`,
  ],
  ["one of several names", { must: [["a.txt", "sub-*.html"]] }, [report], undefined],
  ["none of several names", { must: [["a.txt", "b.txt"]] }, [report], "the tree derivatives has no a.txt and no b.txt"],
  ["a star stays within a folder", { must: ["*_T1w.nii.gz"] }, [image], "the tree derivatives has no *_T1w.nii.gz"],
  ["two stars do not", { must: ["**/*_T1w.nii.gz"] }, [image], undefined],
  [
    "what must not be there",
    { mustNot: ["**/crash*.txt"] },
    ["derivatives/log/crash-1.txt"],
    "the tree derivatives has log/crash-1.txt, which **/crash*.txt (mustNot) says must not be there",
  ],
  [
    "what nobody declared, where something may be there",
    { must, may: ["logs/**"] },
    [report, image, "derivatives/logs/a/b", "derivatives/core.123"],
    "the tree derivatives has core.123, which none of its patterns (must, may) allows",
  ],
  [
    "its own description is always allowed",
    { must, may: [] },
    [report, image, "derivatives/dataset_description.json"],
    undefined,
  ],
  ["a file beside the tree", {}, ["table.tsv"], 'the file "table.tsv" was not declared'],
])("a tree with patterns: %s", (_, tree, found, fault) => {
  expect(faultOfOutputs(withTree(tree), found, labels)).toBe(fault);
});

test("a subject without sessions has no session in its patterns", () => {
  const found = [report, "derivatives/sub-01/anat/sub-01_desc-preproc_T1w.nii.gz"];
  expect(faultOfOutputs(withTree({ must }), found, { sub: "01" })).toBeUndefined();
});

test("of a tree only what must be there has to be whole", () => {
  const left = [image, "derivatives/sub-01/log/empty.json"].map((name) => ({ name, fault: "is empty" }));
  expect(faultOfContents(withTree({ must }), left, labels)).toMatch(
    /^the output derivatives\/sub-01\/ses-a.* is empty \(/,
  );
  expect(faultOfContents(withTree({}), left, labels)).toBeUndefined();
});

test.each<[string, object | null]>([
  [
    image,
    {
      path: "sub-01/ses-a/anat/sub-01_ses-a_desc-preproc_T1w.nii.gz",
      entities: { sub: "01", ses: "a", desc: "preproc" },
      datatype: "anat",
      suffix: "T1w",
      extension: ".nii.gz",
    },
  ],
  [report, { path: "sub-01.html", entities: { sub: "01" }, datatype: null, suffix: "", extension: ".html" }],
  [
    "derivatives/sub-01/figures/sub-01_desc-about_T1w.html",
    {
      path: "sub-01/figures/sub-01_desc-about_T1w.html",
      entities: { sub: "01", desc: "about" },
      datatype: null,
      suffix: "T1w",
      extension: ".html",
    },
  ],
  [
    "derivatives/sourcedata/freesurfer/sub-01/surf/lh.pial",
    {
      path: "sourcedata/freesurfer/sub-01/surf/lh.pial",
      entities: { sub: "01" },
      datatype: null,
      suffix: "lh",
      extension: ".pial",
    },
  ],
  ["derivatives/dataset_description.json", null],
  ["derivatives/.bidsignore", null],
])("%s is published under the path that it has in the tree", (made, expected) => {
  const name = publishedNameOf(withTree({}), made, { entities: labels, datatype: "anat" }, "");
  if (expected === null || name === null) return expect(name).toBeNull();
  const { path, ...rest } = { path: "", ...expected };
  expect(name).toEqual({ path: `derivatives/prep-1.0.0/${path}`, sidecar: null, ...rest });
});

test.each([
  ["sub-01.html", false],
  ["sub-01/anat/x.json", false],
  ["sourcedata/freesurfer/sub-01/mri/T1.mgz", false],
  ["sub-012.html", true],
  ["logs/CITATION.md", true],
  ["desc-aseg_dseg.tsv", true],
])("%s: whether it is of the dataset rather than of sub-01", (path, shared) => {
  expect(isSharedFile(path, labels)).toBe(shared);
});

test("nothing is shared by slices at the level of the dataset, of which there is one", () => {
  expect(isSharedFile("group_T1w.tsv", {})).toBe(false);
});

test("what BIDS has no name for is listed by patterns that do not grow with the number of people", () => {
  const of = (sub: string) => [
    `sub-${sub}.html`,
    `sub-${sub}/figures/sub-${sub}_desc-about_T1w.html`,
    `sub-${sub}/log/2026_${sub}/prep.toml`,
    `sub-${sub}/anat/sub-${sub}_desc-preproc_T1w.nii.gz`,
    `sourcedata/freesurfer/sub-${sub}/surf/lh.pial`,
  ];
  expect(ignorePatterns(withTree({}), [...of("01"), ...of("02")])).toEqual([
    "/sub-*.html",
    "/sub-*/figures",
    "/sub-*/log",
  ]);
});

test("the description of a tree keeps what its program says of itself", () => {
  const own = {
    Name: "Prep",
    BIDSVersion: "1.4.0",
    License: "CC0",
    GeneratedBy: [{ Name: "prep", Version: "25.1" }],
    Other: 1,
  };
  expect(datasetDescription(withTree({}), "", "image:sha256:1", own)).toMatchObject({
    Name: "prep-1.0.0",
    DatasetType: "derivative",
    License: "CC0",
    GeneratedBy: [{ Name: "prep-1.0.0" }, { Name: "prep", Version: "25.1" }],
  });
  expect(datasetDescription(withTree({}), "", "image:sha256:1", own)).not.toHaveProperty("Other");
});
