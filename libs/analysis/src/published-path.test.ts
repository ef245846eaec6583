import { expect, test } from "vitest";
import { exampleManifest } from "./example-manifest.ts";
import type { FileOutput, Manifest } from "./manifest.ts";
import { faultOfOutputs, publishedName } from "./published-path.ts";

const output = (manifest: Manifest, name: string): FileOutput => {
  const found = manifest.outputs.find((one) => one.name === name);
  if (found === undefined || "tree" in found) throw new Error(`There is no output ${name}.`);
  return found;
};

const mask = output(exampleManifest, "mask");
const at = (template: string, entities: Record<string, string>, datatype: string | null, hash = ""): string =>
  publishedName(exampleManifest, { ...mask, template }, { entities, datatype }, hash).path;

test.each([
  [
    "{entities}_desc-brain_mask.nii.gz",
    { sub: "01", ses: "1", run: "2" },
    "anat",
    "",
    "derivatives/brain-mask-1.2.0/sub-01/ses-1/anat/sub-01_ses-1_run-2_desc-brain_mask.nii.gz",
  ],
  [
    "{entities}_desc-brain_mask.nii.gz",
    { sub: "01" },
    null,
    "",
    "derivatives/brain-mask-1.2.0/sub-01/sub-01_desc-brain_mask.nii.gz",
  ],
  [
    "{entities}_desc-brain_mask.nii.gz",
    { sub: "01" },
    "anat",
    "0a1b2c3d",
    "derivatives/brain-mask-1.2.0+0a1b2c3d/sub-01/anat/sub-01_desc-brain_mask.nii.gz",
  ],
  [
    "{entities}_space-MNI_mask.nii.gz",
    { sub: "01", chunk: "1" },
    "anat",
    "",
    "derivatives/brain-mask-1.2.0/sub-01/anat/sub-01_space-MNI_chunk-1_mask.nii.gz",
  ],
  ["{entities}_desc-volumes_table.tsv", {}, null, "", "derivatives/brain-mask-1.2.0/desc-volumes_table.tsv"],
  ["{entities}_report.html", {}, null, "", "derivatives/brain-mask-1.2.0/report.html"],
])("%s for %j in %s with settings %j", (template, entities, datatype, hash, expected) => {
  expect(at(template, entities, datatype, hash)).toBe(expected);
});

test("an image gets a sidecar, a JSON file does not", () => {
  const slice = { entities: { sub: "01" }, datatype: "anat" };
  expect(publishedName(exampleManifest, mask, slice, "").sidecar).toBe(
    "derivatives/brain-mask-1.2.0/sub-01/anat/sub-01_desc-brain_mask.json",
  );
  expect(publishedName(exampleManifest, output(exampleManifest, "report"), slice, "").sidecar).toBeNull();
});

test.each([
  [["mask.nii.gz"], undefined],
  [["mask.nii.gz", "report.json"], undefined],
  [[], "the declared output mask.nii.gz is missing"],
  [
    ["mask.ni.gz"],
    'the declared output mask.nii.gz is missing; the file "mask.ni.gz" was not declared; did you mean "mask.nii.gz"?',
  ],
  [["mask.nii.gz", "debug.log"], 'the file "debug.log" was not declared'],
])("outputs %j: %s", (found, expected) => {
  expect(faultOfOutputs(exampleManifest, found)).toBe(expected);
});
