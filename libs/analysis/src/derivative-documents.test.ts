import { expect, test } from "vitest";
import { sidecar } from "./derivative-documents.ts";
import { exampleManifest } from "./example-manifest.ts";
import { parseManifest } from "./read-manifest.ts";

const manifestWith = (output: string) =>
  parseManifest(`
name: strip
version: 1.0.0
description: Takes the skull away
process: [node, main.js]
level: scan
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
outputs:
  ${output}
`);

const origin = {
  dataset: "ds1",
  sources: [{ dataset: "ds1", path: "sub-01/anat/sub-01_T1w.nii.gz", sha256: `sha256:${"1".repeat(64)}` }],
  parameters: {},
  key: "sha256:k",
};

test("an output's sidecar has the fields of the manifest, which replace no fact of the execution", () => {
  const manifest = manifestWith(
    'brain: {name: "{entities}_desc-brain_T1w.nii.gz", metadata: {SkullStripped: true, Sources: [], Description: Brain}}',
  );
  expect(sidecar(manifest, origin, "brain")).toEqual({
    Description: "Brain",
    SkullStripped: true,
    Sources: ["bids:raw:sub-01/anat/sub-01_T1w.nii.gz"],
    GeneratedBy: [{ Name: "strip", Version: "1.0.0", Parameters: {}, Key: "sha256:k" }],
  });
  const own = sidecar(manifest, origin, "brain", { SkullStripped: false, RepetitionTime: 2 });
  expect(own).toMatchObject({ SkullStripped: false, RepetitionTime: 2, Description: "Brain" });
  expect(own.Sources).toHaveLength(1);
  expect(sidecar(exampleManifest, origin, "mask")).not.toHaveProperty("SkullStripped");
});

test("a manifest without such fields is stored and hashed as it was", () => {
  const [output] = manifestWith('brain: {name: "{entities}_desc-brain_T1w.nii.gz"}').outputs;
  expect(Object.keys(output ?? {}).sort()).toEqual(["name", "required", "template"]);
});

test("a .json output has no sidecar that could hold fields", () => {
  expect(() => manifestWith('a: {name: "{entities}_desc-a_values.json", metadata: {A: 1}}')).toThrow(
    "a .json output has no sidecar",
  );
});
